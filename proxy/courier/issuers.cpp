#include "proxy/courier/issuers.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include <string_view>

namespace outpost::courier {

Result<> Issuers::check_libcurl() {
  const char* library = curl_version_info(CURLVERSION_NOW)->ssl_version;
  if (library && std::string_view(library).starts_with("OpenSSL")) return {};
  return fail(Errc::unsupported, "libcurl was built with {}; valid: OpenSSL", library ? library : "no TLS library");
}

Issuers::Issuers(const std::string& pem) : store_(X509_STORE_new()) {
  ENSURE(store_, "no memory for certificates");
  // As libcurl sets it: one that is listed is trusted, whoever issued it.
  X509_STORE_set_flags(store_.get(), X509_V_FLAG_TRUSTED_FIRST | X509_V_FLAG_PARTIAL_CHAIN);
  std::unique_ptr<BIO, int (*)(BIO*)> bytes(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), BIO_free);
  ENSURE(bytes, "no memory for certificates");
  // One that cannot be read keeps none that follow from being trusted.
  while (BIO_eof(bytes.get()) == 0) {
    std::unique_ptr<X509, void (*)(X509*)> one(PEM_read_bio_X509(bytes.get(), nullptr, nullptr, nullptr), X509_free);
    if (one) X509_STORE_add_cert(store_.get(), one.get());
  }
  ERR_clear_error();
}

void Issuers::apply_to(CURL* easy) const {
  curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, on_context);
  curl_easy_setopt(easy, CURLOPT_SSL_CTX_DATA, this);
}

CURLcode Issuers::on_context(CURL*, void* context, void* self) {
  SSL_CTX_set1_cert_store(static_cast<SSL_CTX*>(context), static_cast<const Issuers*>(self)->store_.get());
  return CURLE_OK;
}

}  // namespace outpost::courier
