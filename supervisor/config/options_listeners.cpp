// The sections listeners and certificates: where clients connect, and what TLS shows and asks of them there.
#include <arpa/inet.h>

#include "supervisor/config/option_sections.h"
#include "supervisor/config/option_words.h"

namespace outpost::supervisor {

namespace {

std::string address_fault(const OptionValue& value) {
  unsigned char binary[sizeof(in6_addr)];
  const char* text = text_of(value).c_str();
  bool numeric = inet_pton(AF_INET, text, binary) == 1 || inet_pton(AF_INET6, text, binary) == 1;
  return numeric ? "" : "is no numeric address";
}

std::vector<Option<ListenerConfig>> port_options() {
  using L = ListenerConfig;
  return {
      option("address", &L::address,
             {.valid = "a numeric IPv4 or IPv6 address",
              .fault = address_fault,
              .takes_effect = kNextProxyStart,
              .text = "Address to listen on; 0.0.0.0 or :: for all of the machine.",
              .source = kDesign}),
      option("admin-write", &L::admin_write,
             {.takes_effect = kAtOnce,
              .text = "Of a listener of protocol admin: whether requests that change something are taken there. Each "
                      "must name a token for the resource type admin and the request Write, whatever "
                      "application.authentication says.",
              .source = kDesign}),
      option("exposure", &L::exposure,
             {.takes_effect = kNextProxyStart,
              .type = kMobile,
              .text = "Who reaches the listener. internal: applications and servers of the company, which may send "
                      "every request. external: customers' devices as well; what only servers may ask is answered "
                      "403 there. MOBILE.md says which requests these are.",
              .source = kMobileDesign}),
      option("name", &L::name,
             {.low = 1,
              .high = 64,
              .takes_effect = kNextProxyStart,
              .text = "Name of the listener, for the log. Each listener has its own.",
              .source = kDesign}),
      option("port", &L::port,
             {.low = 0,
              .high = 65'535,
              .takes_effect = kNextProxyStart,
              .text = "TCP port; 0 lets the system choose one, which the log and the status name. A running proxy is "
                      "not told of a change.",
              .source = kGuide}),
      option(
          "protocol", &L::protocol,
          {.takes_effect = kNextProxyStart,
           .text = "What is spoken on the port. http: the requests of etc/MESSAGES.md, while this supervisor serves. "
                   "admin: health, metrics and status of this supervisor, whatever its role, from a proxy of its "
                   "own; on an address that other machines reach it needs secure and application.authentication "
                   "token.",
           .source = kGuide}),
      option("redirect-to", &L::redirect_to,
             {.high = 64,
              .valid = "the name of another listener, which is secure and of protocol http, or empty",
              .default_text = "requests are served",
              .takes_effect = kNextProxyStart,
              .text = "Every request on this listener, which is not secure, is answered 308 with the same target at "
                      "the port of that listener, and nothing is served here.",
              .source = kMobileDesign}),
      option(
          "secure", &L::secure,
          {.takes_effect = kNextProxyStart, .text = "Whether TLS is spoken on the port (HTTPS).", .source = kDesign}),
  };
}

std::vector<Option<ListenerConfig>> tls_options() {
  using L = ListenerConfig;
  return {
      option("certificate", &L::certificate,
             {.high = kPathBytesMax,
              .valid = kOptionalFileValid,
              .default_text = "none; a secure listener needs one",
              .fault = optional_file_fault,
              .takes_effect = kAtOnce,
              .text = "PEM file with the certificate of a secure listener; certificates that follow in it are its "
                      "chain. It is read again at each reload. One that has expired is a warning at a start; a "
                      "reload that would put it in the place of another is refused.",
              .source = kDesign}),
      option("chain", &L::chain,
             {.high = kPathBytesMax,
              .valid = kOptionalFileValid,
              .default_text = "none",
              .fault = optional_file_fault,
              .takes_effect = kAtOnce,
              .text = "PEM file with the issuers of the certificate, when they are not in its file.",
              .source = kDesign}),
      option(
          "ciphers", &L::ciphers,
          {.high = 4'096,
           .valid = "IANA names of cipher suites with commas between them, in the order of preference",
           .default_text = "those with forward secrecy and authenticated encryption",
           .takes_effect = kAtOnce,
           .text =
               "Cipher suites of a secure listener. Without one for TLS 1.3 only TLS 1.2 is spoken, and the other way "
               "round.",
           .source = kDesign}),
      option(
          "key", &L::key,
          {.high = kPathBytesMax,
           .valid = kOptionalFileValid,
           .default_text = "none; a secure listener needs one",
           .fault = optional_file_fault,
           .takes_effect = kAtOnce,
           .text =
               "PEM file with the private key of the certificate, without a pass phrase. It must belong to the "
               "user of outpostd or to root, and nobody else may read it; that of a credential is as systemd makes it.",
           .source = kDesign}),
      option("minimum-version", &L::minimum_version,
             {.takes_effect = kAtOnce,
              .text = "Oldest version of TLS that a secure listener speaks; the newest is 1.3.",
              .source = kDesign}),
      option("ticket-lifetime", &L::ticket_lifetime,
             {.low = 0,
              .high = 7 * kDaySeconds,
              .unit = "seconds, 0 for no tickets",
              .takes_effect = kAtOnce,
              .text = "How long a client may resume a TLS session by its ticket. The keys of the tickets are made by "
                      "the proxy, replaced at each lifetime, and never leave its memory.",
              .source = kDesign}),
  };
}

std::vector<Option<ListenerConfig>> client_options() {
  using L = ListenerConfig;
  return {
      option("client-ca", &L::client_ca,
             {.high = kPathBytesMax,
              .valid = kOptionalFileValid,
              .default_text = "none",
              .fault = optional_file_fault,
              .takes_effect = kAtOnce,
              .text = "PEM file with the certificates of those who issue client certificates.",
              .source = kDesign}),
      option("client-certificates", &L::client_certificates,
             {.takes_effect = kAtOnce,
              .text = "Whether a secure listener asks its clients for a certificate of client-ca. With \"optional\" a "
                      "client may have none, but none that is wrong.",
              .source = kDesign}),
      option("client-subjects", &L::client_subjects,
             {.high = 8'192,
              .valid = "names with semicolons between them: a common name, or a whole subject as in "
                       "\"C=DE, O=Example, CN=ivr\"",
              .default_text = "every subject",
              .takes_effect = kAtOnce,
              .text = "Subjects of the client certificates that are let in.",
              .source = kDesign}),
  };
}

}  // namespace

std::vector<Option<ListenerConfig>> listener_options() {
  return joined({port_options(), tls_options(), client_options()});
}

std::vector<Option<CertificateConfig>> certificate_options() {
  using C = CertificateConfig;
  return {
      option("certificate", &C::certificate,
             {.high = kPathBytesMax,
              .valid = kOptionalFileValid,
              .default_text = "none; an entry without one has no effect",
              .fault = optional_file_fault,
              .takes_effect = kAtOnce,
              .text = "PEM file as in listeners.",
              .source = kDesign}),
      option("chain", &C::chain,
             {.high = kPathBytesMax,
              .valid = kOptionalFileValid,
              .default_text = "none",
              .fault = optional_file_fault,
              .takes_effect = kAtOnce,
              .text = "PEM file as in listeners.",
              .source = kDesign}),
      option("key", &C::key,
             {.high = kPathBytesMax,
              .valid = kOptionalFileValid,
              .default_text = "none; an entry without one has no effect",
              .fault = optional_file_fault,
              .takes_effect = kAtOnce,
              .text = "PEM file as in listeners.",
              .source = kDesign}),
      option("listener", &C::listener,
             {.high = 64,
              .valid = "the name of a secure listener, or empty",
              .default_text = "every secure listener",
              .takes_effect = kAtOnce,
              .text = "The listener that has this certificate.",
              .source = kDesign}),
  };
}

}  // namespace outpost::supervisor
#include "supervisor/config/option_sections.h"
