#include "protocol/mobile/errors.h"

#include <algorithm>

#include "common/json.h"

namespace outpost::protocol {

namespace {

constexpr std::string_view kOtherError = "gms.HttpException";

constexpr MobileError kMobileErrors[] = {
    {400, "gms.BadRequestException",
     "the request is malformed; a parameter is missing or not valid; there are too many, or a name is too long: the "
     "message names the limit"},
    {401, "gms.UnauthorizedException", "credentials are needed, or those sent are not right"},
    {403, "gms.NotAllowedException", "not through this listener, or not with this token"},
    {404, "gms.NotFoundException", "there is no such path, area, key or version of the interface"},
    {405, "gms.MethodNotAllowedException", "the path has other methods; the header Allow names them"},
    {413, "gms.TooLargeException", "there are too many bytes; the message names the limit"},
    {415, "gms.UnsupportedMediaTypeException",
     "the body is of a type that is not taken; the message names those that are"},
    {429, "gms.TooManyRequestsException",
     "too many requests came from this address; Retry-After says when to come again"},
    {500, "gms.InternalException", "the request could not be carried out"},
    {500, kStorageFailed, "the same, since stored data could not be read"},
    {500, kOrsFailed,
     "the ORS of the service was not reached, or could not do what it was asked; the message says which"},
    {503, "gms.UnavailableException", "the store is away, or there is no room; Retry-After says when to come again"},
    {504, "gms.TimeoutException", "there was no answer in time; whether the request had an effect is not known"},
};

}  // namespace

std::span<const MobileError> mobile_errors() { return kMobileErrors; }

std::string_view exception_of(int status) {
  const auto* row = std::ranges::find(kMobileErrors, status, &MobileError::status);
  return row == std::end(kMobileErrors) ? kOtherError : row->exception;
}

std::string error_body(int status, std::string_view message, std::string_view exception) {
  return JsonWriter()
      .begin_object()
      .member("exception", exception.empty() ? exception_of(status) : exception)
      .member("message", message)
      .end_object()
      .take();
}

}  // namespace outpost::protocol
