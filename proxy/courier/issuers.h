// Who may issue the certificates of servers: parsed once, where libcurl would parse the bytes again for each
// connection. The system's take 20 ms of CPU.
#pragma once

#include <curl/curl.h>
#include <openssl/x509_vfy.h>

#include <memory>
#include <string>

#include "common/error.h"

namespace outpost::courier {

class Issuers {
 public:
  // Whether libcurl takes them: it may have been built with another TLS library.
  static Result<> check_libcurl();

  // `pem` may hold other things beside certificates. Empty, or without any: nobody is trusted.
  explicit Issuers(const std::string& pem);

  // They outlive the transfer.
  void apply_to(CURL* easy) const;

 private:
  static CURLcode on_context(CURL* easy, void* context, void* self);

  struct Free {
    void operator()(X509_STORE* store) const { X509_STORE_free(store); }
  };

  std::unique_ptr<X509_STORE, Free> store_;
};

}  // namespace outpost::courier
