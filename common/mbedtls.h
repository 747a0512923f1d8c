// Small ways to hold mbedTLS from C++. For sources that link mbedTLS themselves.
#pragma once

#include <mbedtls/error.h>
#include <mbedtls/pk.h>
#include <mbedtls/x509_crt.h>
#include <psa/crypto.h>

#include <string>
#include <string_view>

// It does not say itself that its functions are C.
extern "C" {
#include <mbedtls/psa_util.h>
}

namespace outpost {

// A struct of mbedTLS, initialised and freed as the library wants it.
template <class T, void (*kInit)(T*), void (*kFree)(T*)>
class MbedTls {
 public:
  MbedTls() { kInit(&value_); }
  ~MbedTls() { kFree(&value_); }
  MbedTls(const MbedTls&) = delete;
  MbedTls& operator=(const MbedTls&) = delete;

  T* get() { return &value_; }
  const T* get() const { return &value_; }
  T* operator->() { return &value_; }
  const T* operator->() const { return &value_; }

 private:
  T value_;
};

using CertificateList = MbedTls<mbedtls_x509_crt, mbedtls_x509_crt_init, mbedtls_x509_crt_free>;
using PrivateKey = MbedTls<mbedtls_pk_context, mbedtls_pk_init, mbedtls_pk_free>;

// What the library says of one of its error codes.
inline std::string mbedtls_text(int code) {
  char text[160] = "";
  mbedtls_strerror(code, text, sizeof text);
  return text;
}

// PEM as the parsers want it: the terminating zero counts.
inline const unsigned char* pem_bytes(const std::string& pem) {
  return reinterpret_cast<const unsigned char*>(pem.c_str());
}

}  // namespace outpost
