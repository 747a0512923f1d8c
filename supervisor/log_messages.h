// Every numbered line of the supervisor's log, in one place, so that a script can look for the number.
// The numbers are ours [design]: 40000 to 40999 for outpostd, 41000 to 41999 for outpost-proxy. Those of campaign
// groups are the format's own (ocs.md section 8): its parser looks for them.
#pragma once

#include "common/log.h"

namespace outpost::supervisor::log_messages {

inline constexpr LogMessage kStarted{40001, LogLevel::standard};
inline constexpr LogMessage kStopping{40002, LogLevel::standard};
inline constexpr LogMessage kStopped{40003, LogLevel::standard};
inline constexpr LogMessage kRole{40010, LogLevel::standard, Severity::notice};
inline constexpr LogMessage kFenced{40011, LogLevel::standard, Severity::warning};
inline constexpr LogMessage kSwitch{40012, LogLevel::standard, Severity::notice};
inline constexpr LogMessage kLeaseUnseen{40013, LogLevel::standard, Severity::warning};
inline constexpr LogMessage kLeaseSeen{40014, LogLevel::standard};
inline constexpr LogMessage kNotReleased{40015, LogLevel::standard, Severity::warning};
inline constexpr LogMessage kHolderKilled{40016, LogLevel::standard, Severity::warning};
inline constexpr LogMessage kCannotBePrimary{40017, LogLevel::standard, Severity::error};
inline constexpr LogMessage kNamesake{40018, LogLevel::standard, Severity::error};
inline constexpr LogMessage kConfigWarning{40020, LogLevel::standard, Severity::warning};
inline constexpr LogMessage kEncodingUnknown{40023, LogLevel::standard, Severity::error};
inline constexpr LogMessage kReloaded{40021, LogLevel::standard};
inline constexpr LogMessage kReloadFailed{40022, LogLevel::standard, Severity::error};
inline constexpr LogMessage kChildStarting{40030, LogLevel::standard};
inline constexpr LogMessage kChildRunning{40031, LogLevel::standard};
inline constexpr LogMessage kChildStopping{40032, LogLevel::standard};
inline constexpr LogMessage kChildEnded{40033, LogLevel::standard};
// The same line, when nobody wanted it to end.
inline constexpr LogMessage kChildLost{40033, LogLevel::standard, Severity::warning};
inline constexpr LogMessage kChildEndedAgain{40034, LogLevel::trace};
inline constexpr LogMessage kChildHung{40035, LogLevel::standard, Severity::error};
inline constexpr LogMessage kChildProtocol{40036, LogLevel::standard, Severity::error};
inline constexpr LogMessage kChildNotWanted{40037, LogLevel::standard};
inline constexpr LogMessage kProxyLogFailed{40038, LogLevel::standard, Severity::error};
inline constexpr LogMessage kStoreOpened{40040, LogLevel::standard};
inline constexpr LogMessage kStoreFailed{40041, LogLevel::standard, Severity::error};
inline constexpr LogMessage kQueueFull{40042, LogLevel::standard, Severity::warning};
inline constexpr LogMessage kStoreWorks{40043, LogLevel::standard};
inline constexpr LogMessage kStoreUpdate{40044, LogLevel::standard};
inline constexpr LogMessage kControlConnection{40050, LogLevel::debug};
inline constexpr LogMessage kControlCommand{40051, LogLevel::interaction};
inline constexpr LogMessage kControlRefused{40052, LogLevel::standard, Severity::warning};
inline constexpr LogMessage kAudit{40053, LogLevel::standard};
inline constexpr LogMessage kAdminRead{40054, LogLevel::trace};
inline constexpr LogMessage kTokensChanged{40055, LogLevel::standard};
inline constexpr LogMessage kUnknownField{40061, LogLevel::standard, Severity::warning};
inline constexpr LogMessage kZoneMissing{40062, LogLevel::standard, Severity::warning};
inline constexpr LogMessage kWindowDoubt{40065, LogLevel::standard, Severity::warning};
inline constexpr LogMessage kGivenBack{40070, LogLevel::interaction};
inline constexpr LogMessage kCallbackMissed{40071, LogLevel::interaction};
inline constexpr LogMessage kRequestIds{40075, LogLevel::interaction};
inline constexpr LogMessage kRoleCommandStarted{40080, LogLevel::standard};
inline constexpr LogMessage kRoleCommandOutput{40081, LogLevel::standard};
inline constexpr LogMessage kRoleCommandEnded{40082, LogLevel::standard};
inline constexpr LogMessage kRoleCommandFailed{40083, LogLevel::standard, Severity::error};
inline constexpr LogMessage kRoleCommandSkipped{40084, LogLevel::standard, Severity::warning};
// What goes out over HTTP: 40090 to 40099.
inline constexpr LogMessage kNotTold{40090, LogLevel::standard, Severity::warning};
inline constexpr LogMessage kGroupStatusNotTaken{40099, LogLevel::debug};
inline constexpr LogMessage kOutboxFails{40091, LogLevel::standard, Severity::warning};
inline constexpr LogMessage kOutboxWorks{40092, LogLevel::standard};
inline constexpr LogMessage kOutboxGivenUp{40093, LogLevel::standard, Severity::error};
inline constexpr LogMessage kOutboxUnread{40094, LogLevel::standard, Severity::error};
inline constexpr LogMessage kValidationRefused{40095, LogLevel::interaction};
inline constexpr LogMessage kValidationFailed{40096, LogLevel::interaction};
inline constexpr LogMessage kValidatorFails{40097, LogLevel::standard, Severity::warning};
inline constexpr LogMessage kValidatorWorks{40098, LogLevel::standard};
// A mobile node: 40200 to 40299.
inline constexpr LogMessage kNodeClaimed{40200, LogLevel::standard};
inline constexpr LogMessage kNodeStatus{40201, LogLevel::standard, Severity::notice};
inline constexpr LogMessage kNodeLost{40202, LogLevel::standard, Severity::error};
inline constexpr LogMessage kNodeSeen{40203, LogLevel::standard, Severity::notice};
inline constexpr LogMessage kNodeGone{40204, LogLevel::standard, Severity::warning};
inline constexpr LogMessage kNodeNotReleased{40205, LogLevel::standard, Severity::warning};
inline constexpr LogMessage kOptionsDiffer{40210, LogLevel::standard, Severity::warning};
inline constexpr LogMessage kOptionsAgree{40211, LogLevel::standard};
inline constexpr LogMessage kTtlReplaced{40230, LogLevel::debug};
inline constexpr LogMessage kFlagIgnored{40231, LogLevel::debug};
// Notifications: 40270 to 40279.
inline constexpr LogMessage kPushTypeDisabled{40270, LogLevel::standard, Severity::warning};
inline constexpr LogMessage kLocalizationUnread{40271, LogLevel::standard, Severity::warning};
inline constexpr LogMessage kEventLost{40272, LogLevel::standard, Severity::error};
inline constexpr LogMessage kDeliveryGivenUp{40273, LogLevel::standard, Severity::warning};
inline constexpr LogMessage kDeliveryFailed{40274, LogLevel::trace};
inline constexpr LogMessage kDelivered{40275, LogLevel::trace};
inline constexpr LogMessage kOrsAsked{40260, LogLevel::debug};
inline constexpr LogMessage kOrsStarted{40261, LogLevel::trace};
inline constexpr LogMessage kOrsFails{40262, LogLevel::standard, Severity::warning};
inline constexpr LogMessage kOrsWorks{40263, LogLevel::standard};
inline constexpr LogMessage kOrsNotEnded{40264, LogLevel::interaction};
// Alarms have the numbers of their events; see mobile/alarms.h.
inline constexpr LogMessage kDoubleResource{2000, LogLevel::standard, Severity::warning};
inline constexpr LogMessage kNoResource{2001, LogLevel::standard, Severity::warning};
inline constexpr LogMessage kAlarmCleared{40240, LogLevel::standard, Severity::notice};
inline constexpr LogMessage kAlarmCommandStarted{40241, LogLevel::standard};
inline constexpr LogMessage kAlarmCommandOutput{40242, LogLevel::standard};
inline constexpr LogMessage kAlarmCommandEnded{40243, LogLevel::standard};
inline constexpr LogMessage kAlarmCommandFailed{40244, LogLevel::standard, Severity::error};
inline constexpr LogMessage kAlarmCommandSkipped{40245, LogLevel::standard, Severity::warning};
inline constexpr LogMessage kGroupLoaded{52000, LogLevel::trace};
inline constexpr LogMessage kGroupStarted{52001, LogLevel::trace};
inline constexpr LogMessage kGroupStopped{52002, LogLevel::trace};
inline constexpr LogMessage kGroupForceUnloaded{52003, LogLevel::trace};
inline constexpr LogMessage kGroupUnloaded{52004, LogLevel::trace};
inline constexpr LogMessage kGroupStatusSent{81000, LogLevel::trace};
inline constexpr LogMessage kGroupStatusPeriodic{81001, LogLevel::trace};

}  // namespace outpost::supervisor::log_messages
