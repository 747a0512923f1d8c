"""The wire contract as data, transcribed by hand from the protocol document (ocs.md) and, where that is silent, from
the decisions of issue 3. Nothing here comes from the program: change it only when the documents change."""

# --- Resource x request: ocs.md 1.3; LogOut: issue 3, "Requests" ------------------------------------------------------

MATRIX = {
    "lists": ("AddRecord",),
    "records": ("RecordProcessed", "UpdateCallCompletionStats", "RecordReschedule", "ScheduledRecordReschedule",
                "RecordReject", "RequestRecordCancel", "DoNotCall", "ChainedRecordRequest"),
    "phones": ("DoNotCall", "RequestRecordCancel"),
    "customer_ids": ("DoNotCall", "RequestRecordCancel"),
    "campaigngroups": ("PreviewRecordRequest", "CampaignStatusRequest", "LogOut"),
}
PAIRS = tuple((resource, request) for resource, requests in MATRIX.items() for request in requests)
REQUESTS = tuple(dict.fromkeys(request for _, request in PAIRS))

REQUEST_ALIASES = {"RecordCancel": "RequestRecordCancel"}  # ocs.md 1.3
RESOURCE_ALIASES = {"customerids": "customer_ids"}  # ocs.md 1.1

# Requests of ocs.md 3.1 that no row of 1.3 offers. Whether they are "known" is open: 400/102 or 501/101.
NOT_OFFERED = ("PreviewDialingModeStart", "PreviewDialingModeOver", "ReadyTime")
# Names that are no request. Answers and notifications of 3.1 are none either; campaign control is not offered: 10, 6.
UNKNOWN_REQUESTS = ("FlyToTheMoon", "AddRecords", "Add Record", "AddRecordAcknowledge", "Error", "LoadCampaign",
                    "GSW_CM_ReqLoadCampaign", "ScheduledCall")

# --- Methods: ocs.md 1.4 ----------------------------------------------------------------------------------------------

READING = (("records", "ChainedRecordRequest"), ("campaigngroups", "CampaignStatusRequest"))
ALLOW = {"POST", "PUT"}
ALLOW_READING = {"POST", "PUT", "GET", "HEAD"}
OTHER_METHODS = ("DELETE", "PATCH", "OPTIONS", "TRACE")

# --- Answers: ocs.md 3.1 ----------------------------------------------------------------------------------------------

ANSWERS = {
    "AddRecord": "AddRecordAcknowledge",
    "RecordProcessed": "RecordProcessedAcknowledge",
    "UpdateCallCompletionStats": "UpdateCallCompletionStatsAcknowledge",
    "RecordReschedule": "RecordRescheduleAcknowledge",
    "ScheduledRecordReschedule": "ScheduledRecordRescheduleAcknowledge",
    "RecordReject": "RecordRejectAcknowledge",
    "RequestRecordCancel": "RecordCancelAcknowledge",
    "DoNotCall": "DoNotCallAcknowledge",
    "ChainedRecordRequest": "ChainedRecordsDataEnd",
    "PreviewRecordRequest": "PreviewRecord",
    "CampaignStatusRequest": "CampaignStarted",
    "LogOut": "LogOutAcknowledge",
}

# --- Attribute dictionary: ocs.md 3.2 ---------------------------------------------------------------------------------
# What kind of value a key has; the kinds after "integer" are enumerations (below), date and time zone.

KINDS = {
    "GSW_REFERENCE_ID": "reference",
    "GSW_APPLICATION_ID": "integer",
    "GSW_CAMPAIGN_NAME": "text",
    "GSW_CAMPAIGN_DESCRIPTION": "text",
    "GSW_CAMPAIGN_GROUP_NAME": "text",
    "GSW_CAMPAIGN_GROUP_DESCRIPTION": "text",
    "GSW_CAMPAIGN_GROUP_DBID": "integer",
    "GSW_CAMPAIGN_MODE": "text",
    "GSW_CALLING_LIST": "text",
    "GSW_RECORD_HANDLE": "integer",
    "GSW_RECORD_URI": "text",
    "GSW_PHONE": "text",
    "GSW_PHONE_TYPE": "phone type",
    "GSW_CUSTOMER_ID": "text",
    "GSW_TZ_NAME": "time zone",
    "GSW_TZ_OFFSET": "integer",
    "GSW_FROM": "seconds",
    "GSW_UNTIL": "seconds",
    "GSW_DATE_TIME": "date",
    "GSW_CALLBACK_TYPE": "callback type",
    "GSW_CALL_RESULT": "call result",
    "GSW_ATTEMPTS": "integer",
    "GSW_CALL_TIME": "integer",
    "GSW_CALL_ATTEMPT_GUID": "text",
    "GSW_CHAIN_ID": "integer",
    "GSW_CHAIN_N": "integer",
    "GSW_CHAIN_ATTR": "chain attribute",
    "GSW_RECORD_TYPE": "record type",
    "GSW_RECORD_STATUS": "record status",
    "GSW_AGENT_ID": "text",
    "GSW_TREATMENT": "treatment",
    "GSW_MESSAGE": "text",
    "GSW_LOGOUT_TIME": "integer",
    "GSW_TENANT_NAME": "text",  # 2.2, 3
    "GSW_TENANT_DBID": "integer",  # 2.2, 3
}

# Emitted as integers: numbers, and by the last paragraph of ocs.md 3.2 these enumerations; the rest as strings.
EMITTED_AS_INTEGER = {"integer", "seconds", "phone type", "call result", "record type", "record status"}

# --- Enumerations: ocs.md 4.2 to 4.5, values of 3.2 -------------------------------------------------------------------

RECORD_TYPES = ("NoRecordType", "Unknown", "General", "CampaignRescheduled", "PersonalRescheduled", "PersonalCallBack",
                "CampaignCallBack", "NoCall")
RECORD_STATUSES = ("NoRecordStatus", "Ready", "Retrieved", "Updated", "Stale", "Cancelled", "AgentError",
                   "ChainUpdated",
                   "MissedCallBack")
CALL_RESULTS = (
    "Ok", "Transferred", "Conferenced", "GeneralError", "SystemError", "RemoteRelease", "Busy", "NoAnswer",
    "SITDetected", "AnsweringMachine", "AllTrunksBusy", "SITInvalidNum", "SITVacant", "SITOperIntercept", "SITUnknown",
    "SITNoCircuit", "SITReorder", "FaxDetected", "QueueFull", "Cleared", "Overflowed", "Abandoned", "Redirected",
    "Forwarded", "Consult", "Pickedup", "Dropped", "DroppedNoAnswer", "Unknown", "Covered", "ConverseOn", "Bridged",
    "Silence", "Answer", "NuTone", "NoDialTone", "NoProgress", "NoRingBack", "NoEstablishedDetected", "PagerDetected",
    "WrongParty", "DialError", "CallDropError", "SwitchError", "NoFreePortError", "TransferError", "Stale",
    "AgentCallBackError", "GroupCallBackError", "Deafened", "Held", "DoNotCall", "CancelRecord", "WrongNumber")
PHONE_TYPES = ("NoContactType", "HomePhone", "DirectBusinessPhone", "BusinessWithExt", "Mobile", "VacationPhone",
               "Pager",
               "Modem", "VoiceMail", "PinPager", "EmailAddress", "InstantMessaging")
ENUMERATIONS = {  # in the order of their numbers
    "record type": RECORD_TYPES,
    "record status": RECORD_STATUSES,
    "call result": CALL_RESULTS,
    "phone type": PHONE_TYPES,
}
NAMES = {  # travel as names; ocs.md gives them no numbers
    "callback type": ("Personal", "Campaign"),
    "treatment": ("Personal", "Campaign"),
    "chain attribute": ("AllChain", "RecordOnly"),
}
# ocs.md 3.5 (numbers), 3.2 (names of GSW_CAMPAIGN_MODE).
MODES = {"Predict": "Predictive", "Progress": "Progressive", "Preview": "Preview",
         "ProgressAndSeize": "EngagedProgressive", "PredictAndSeize": "EngagedPredictive", "Power": "Power",
         "PowerAndSeize": "EngagedPower", "PushPreview": "PushPreview", "ProgressGVP": "ProgressiveGVP",
         "PredictGVP": "PredictiveGVP", "PowerGVP": "PowerGVP"}

TERMINAL = (3, 4, 5, 6)  # ocs.md 4.6, behind the table

# --- Attributes of each request: ocs.md 3.3 ---------------------------------------------------------------------------
# "mandatory" and "optional" are values of the request. "targets" name what the path means already: they may be sent,
# and 106 answers a value that is another one (1.3, 3.3, issue 3 "Requests").

CUSTOM = "NOTE"  # a custom field of the test's lists; every row but the reading ones may carry it
_RECORD_TARGETS = ("GSW_RECORD_HANDLE", "GSW_CAMPAIGN_NAME", "GSW_CALLING_LIST")

ATTRIBUTES = {
    ("lists", "AddRecord"): {
        "mandatory": ("GSW_PHONE", "GSW_TZ_NAME"),
        "optional": ("GSW_PHONE_TYPE", "GSW_FROM", "GSW_UNTIL", "GSW_RECORD_TYPE", "GSW_RECORD_STATUS",
                     "GSW_CALL_RESULT", "GSW_ATTEMPTS", "GSW_CALL_TIME", "GSW_DATE_TIME", "GSW_AGENT_ID",
                     "GSW_CHAIN_ID", "GSW_CUSTOMER_ID", CUSTOM),
        "targets": ("GSW_CALLING_LIST",),
    },
    ("records", "RecordProcessed"): {
        "mandatory": (),
        "optional": ("GSW_CALL_RESULT", "GSW_TREATMENT", CUSTOM),
        "targets": (*_RECORD_TARGETS, "GSW_PHONE", "GSW_CUSTOMER_ID"),
    },
    ("records", "UpdateCallCompletionStats"): {
        "mandatory": (),  # but at least one of these; see UPDATE_NEEDS_ONE
        "optional": ("GSW_PHONE", "GSW_PHONE_TYPE", "GSW_TZ_NAME", "GSW_FROM", "GSW_UNTIL", "GSW_CALL_RESULT", CUSTOM),
        "targets": (*_RECORD_TARGETS, "GSW_CUSTOMER_ID"),
    },
    ("records", "RecordReschedule"): {
        "mandatory": ("GSW_DATE_TIME",),
        "optional": ("GSW_CALLBACK_TYPE", "GSW_PHONE", "GSW_CALL_RESULT", CUSTOM),
        "targets": (*_RECORD_TARGETS, "GSW_CUSTOMER_ID"),
    },
    ("records", "ScheduledRecordReschedule"): {
        "mandatory": ("GSW_DATE_TIME",),
        "optional": ("GSW_CALLBACK_TYPE", "GSW_PHONE", "GSW_CALL_RESULT", CUSTOM),
        "targets": (*_RECORD_TARGETS, "GSW_CUSTOMER_ID"),
    },
    ("records", "RecordReject"): {
        "mandatory": (), "optional": (), "targets": (*_RECORD_TARGETS, "GSW_PHONE", "GSW_CUSTOMER_ID"),
    },
    ("records", "RequestRecordCancel"): {
        "mandatory": (), "optional": ("GSW_CHAIN_ATTR",), "targets": (*_RECORD_TARGETS, "GSW_PHONE", "GSW_CUSTOMER_ID"),
    },
    ("records", "DoNotCall"): {
        "mandatory": (), "optional": ("GSW_CHAIN_ATTR",), "targets": (*_RECORD_TARGETS, "GSW_PHONE", "GSW_CUSTOMER_ID"),
    },
    ("records", "ChainedRecordRequest"): {
        "mandatory": (), "optional": (), "targets": (*_RECORD_TARGETS, "GSW_PHONE", "GSW_CUSTOMER_ID"),
    },
    ("phones", "DoNotCall"): {
        "mandatory": (), "optional": ("GSW_CHAIN_ATTR",),
        "targets": ("GSW_PHONE", "GSW_RECORD_HANDLE", "GSW_CUSTOMER_ID"),
    },
    ("phones", "RequestRecordCancel"): {
        "mandatory": (), "optional": ("GSW_CHAIN_ATTR",),
        "targets": ("GSW_PHONE", "GSW_RECORD_HANDLE", "GSW_CUSTOMER_ID"),
    },
    ("customer_ids", "DoNotCall"): {
        "mandatory": (), "optional": ("GSW_CHAIN_ATTR",),
        "targets": ("GSW_CUSTOMER_ID", "GSW_RECORD_HANDLE", "GSW_PHONE"),
    },
    ("customer_ids", "RequestRecordCancel"): {
        "mandatory": (), "optional": ("GSW_CHAIN_ATTR",),
        "targets": ("GSW_CUSTOMER_ID", "GSW_RECORD_HANDLE", "GSW_PHONE"),
    },
    ("campaigngroups", "PreviewRecordRequest"): {
        "mandatory": (), "optional": ("GSW_AGENT_ID",), "targets": ("GSW_CAMPAIGN_GROUP_DBID",),
    },
    ("campaigngroups", "CampaignStatusRequest"): {
        "mandatory": (), "optional": (), "targets": ("GSW_CAMPAIGN_GROUP_DBID",),
    },
    ("campaigngroups", "LogOut"): {  # issue 3
        "mandatory": ("GSW_AGENT_ID",), "optional": (), "targets": ("GSW_CAMPAIGN_GROUP_DBID",),
    },
}
UPDATE_NEEDS_ONE = {"GSW_CALL_RESULT": 6}  # 3.3: at least one changed attribute, else 400

# --- Acknowledgement attributes: ocs.md 3.4; LogOut and the group's DBID: issue 3 -------------------------------------
# Left out here because a row cannot have them: no record handle without a handle in the path, no list or campaign where
# none was named, no phone when the target is a customer id. TREATMENT only when the request had one.

_RECORD = ("GSW_APPLICATION_ID", "GSW_CAMPAIGN_NAME", "GSW_CALLING_LIST", "GSW_RECORD_HANDLE")
_CALLBACK = (*_RECORD, "GSW_DATE_TIME", "GSW_CALLBACK_TYPE")
_GROUP = ("GSW_APPLICATION_ID", "GSW_CAMPAIGN_NAME", "GSW_CAMPAIGN_DESCRIPTION", "GSW_CAMPAIGN_GROUP_NAME",
          "GSW_CAMPAIGN_GROUP_DESCRIPTION", "GSW_CAMPAIGN_GROUP_DBID")
ACKNOWLEDGED = {
    ("lists", "AddRecord"): (
        "GSW_APPLICATION_ID", "GSW_CAMPAIGN_NAME", "GSW_CALLING_LIST", "GSW_PHONE", "GSW_TZ_NAME", "GSW_PHONE_TYPE",
        "GSW_RECORD_TYPE", "GSW_RECORD_STATUS", "GSW_CHAIN_ID", "GSW_CHAIN_N", "GSW_CALL_RESULT", "GSW_ATTEMPTS",
        "GSW_FROM", "GSW_UNTIL"),
    ("records", "RecordProcessed"): _RECORD,
    ("records", "UpdateCallCompletionStats"): _RECORD,
    ("records", "RecordReschedule"): _CALLBACK,
    ("records", "ScheduledRecordReschedule"): _CALLBACK,
    ("records", "RecordReject"): _RECORD,
    ("records", "RequestRecordCancel"): (*_RECORD, "GSW_PHONE", "GSW_CHAIN_ATTR", "GSW_MESSAGE"),
    ("records", "DoNotCall"): (*_RECORD, "GSW_PHONE", "GSW_CHAIN_ATTR", "GSW_MESSAGE"),
    ("records", "ChainedRecordRequest"): (*_RECORD, "GSW_CHAIN_ID"),
    ("phones", "DoNotCall"): ("GSW_APPLICATION_ID", "GSW_PHONE", "GSW_CHAIN_ATTR", "GSW_MESSAGE"),
    ("phones", "RequestRecordCancel"): ("GSW_APPLICATION_ID", "GSW_PHONE", "GSW_CHAIN_ATTR", "GSW_MESSAGE"),
    ("customer_ids", "DoNotCall"): ("GSW_APPLICATION_ID", "GSW_CHAIN_ATTR", "GSW_MESSAGE"),
    ("customer_ids", "RequestRecordCancel"): ("GSW_APPLICATION_ID", "GSW_CHAIN_ATTR", "GSW_MESSAGE"),
    ("campaigngroups", "PreviewRecordRequest"): (
        *_RECORD, "GSW_PHONE", "GSW_CHAIN_ID", "GSW_TZ_OFFSET", "GSW_CALL_RESULT", "GSW_ATTEMPTS",
        "GSW_CALL_ATTEMPT_GUID", "GSW_RECORD_URI"),
    ("campaigngroups", "CampaignStatusRequest"): (*_GROUP, "GSW_CAMPAIGN_MODE"),
    ("campaigngroups", "LogOut"): ("GSW_APPLICATION_ID", "GSW_CAMPAIGN_NAME", "GSW_AGENT_ID", "GSW_LOGOUT_TIME",
                                   "GSW_MESSAGE"),
}
PREVIEW_EMPTY = ("GSW_APPLICATION_ID", "GSW_CAMPAIGN_NAME")
CHAINED_RECORD = ("GSW_APPLICATION_ID", "GSW_CAMPAIGN_NAME", "GSW_CALLING_LIST", "GSW_PHONE", "GSW_CALL_RESULT",
                  "GSW_CHAIN_ID", "GSW_TZ_OFFSET")

# Answer and whether CAMPAIGN_MODE is in it, by group state: issue 3, CampaignStatusRequest; states: ocs.md 3.5.
GROUP_STATES = {"NotLoaded": ("CampaignUnloaded", False), "InActive": ("CampaignUnloaded", False),
                "UnloadInProgress": ("CampaignUnloaded", False), "Active": ("CampaignLoaded", False),
                "Running": ("CampaignStarted", True), "WaitingUnload": ("CampaignStopped", True)}

# --- Errors: ocs.md 3.6 -----------------------------------------------------------------------------------------------

STATUS = {101: 501, 102: 400, 103: 400, 104: 400, 105: 400, 106: 400, 110: 404, 111: 404, 112: 404, 113: 404, 114: 404,
          115: 404, 120: 409, 121: 409, 122: 409, 123: 409, 124: 409, 130: 500, 131: 500, 132: 504, 133: 503, 134: 503}
ERROR_BYTES_MAX = 200

# --- Column of the record that holds an attribute's value: ocs.md 4.1, 3.3 --------------------------------------------

COLUMNS = {"GSW_PHONE": "contact_info", "GSW_PHONE_TYPE": "contact_info_type", "GSW_FROM": "daily_from",
           "GSW_UNTIL": "daily_till", "GSW_RECORD_TYPE": "record_type", "GSW_RECORD_STATUS": "record_status",
           "GSW_CALL_RESULT": "call_result", "GSW_ATTEMPTS": "attempt", "GSW_CALL_TIME": "call_time",
           "GSW_AGENT_ID": "agent_id", "GSW_CHAIN_ID": "chain_id", "GSW_CUSTOMER_ID": "customer_id",
           "GSW_DATE_TIME": "dial_sched_time"}
TEXT_BYTES_MAX = {"GSW_PHONE": 128, "GSW_AGENT_ID": 32}  # widths of 4.1
