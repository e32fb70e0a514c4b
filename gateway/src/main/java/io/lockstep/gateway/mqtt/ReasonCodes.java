package io.lockstep.gateway.mqtt;

import io.lockstep.codecs.ResultCode;
import io.lockstep.gateway.bridge.SubscribeResult;

/** Reason codes of MQTT 5.0 (section 2.4) that the gateway uses, and what becomes of the cluster's own codes. */
final class ReasonCodes {
    static final int SUCCESS = 0x00;
    static final int NO_SUBSCRIPTION_EXISTED = 0x11;
    static final int UNSPECIFIED_ERROR = 0x80;
    static final int MALFORMED_PACKET = 0x81;
    static final int PROTOCOL_ERROR = 0x82;
    static final int IMPLEMENTATION_SPECIFIC_ERROR = 0x83;
    static final int UNSUPPORTED_PROTOCOL_VERSION = 0x84;
    static final int CLIENT_IDENTIFIER_NOT_VALID = 0x85;
    static final int NOT_AUTHORIZED = 0x87;
    static final int SERVER_UNAVAILABLE = 0x88;
    static final int SERVER_BUSY = 0x89;
    static final int SERVER_SHUTTING_DOWN = 0x8B;
    static final int BAD_AUTHENTICATION_METHOD = 0x8C;
    static final int KEEP_ALIVE_TIMEOUT = 0x8D;
    static final int SESSION_TAKEN_OVER = 0x8E;
    static final int TOPIC_FILTER_INVALID = 0x8F;
    static final int TOPIC_NAME_INVALID = 0x90;
    static final int PACKET_IDENTIFIER_NOT_FOUND = 0x92;
    static final int RECEIVE_MAXIMUM_EXCEEDED = 0x93;
    static final int TOPIC_ALIAS_INVALID = 0x94;
    static final int PACKET_TOO_LARGE = 0x95;
    static final int QUOTA_EXCEEDED = 0x97;
    static final int ADMINISTRATIVE_ACTION = 0x98;
    static final int PAYLOAD_FORMAT_INVALID = 0x99;
    static final int USE_ANOTHER_SERVER = 0x9C;
    static final int SERVER_MOVED = 0x9D;
    static final int SHARED_SUBSCRIPTIONS_NOT_SUPPORTED = 0x9E;

    /** MQTT 3.1.1, section 3.9.3: the one code of a refused subscription. */
    static final int SUBSCRIPTION_FAILURE = 0x80;

    private ReasonCodes() {}

    /** The code of a PUBACK for a message that the cluster refused. */
    static int ofRefusedPublish(final ResultCode code) {
        return switch (code) {
            case BAD_TOPIC, RESERVED_TOPIC, TOPIC_UNKNOWN, BAD_PARTITION -> TOPIC_NAME_INVALID;
            case NOT_AUTHORIZED -> NOT_AUTHORIZED;
            case TOO_MANY_TOPICS, TOO_MANY_PRODUCERS, TOO_MANY_PACKETS, STATE_FULL, READ_ONLY -> QUOTA_EXCEEDED;
            case PAYLOAD_TOO_LARGE, HEADERS_TOO_LARGE, BAD_HEADERS -> IMPLEMENTATION_SPECIFIC_ERROR;
            default -> UNSPECIFIED_ERROR;
        };
    }

    /** The code of a SUBACK for what the bridge said of a filter. */
    static int ofSubscribeResult(final int result) {
        return switch (result) {
            case SubscribeResult.TOO_MANY -> QUOTA_EXCEEDED;
            case SubscribeResult.NOT_ALLOWED -> NOT_AUTHORIZED;
            case SubscribeResult.CLOSED -> UNSPECIFIED_ERROR;
            case SubscribeResult.NO_FILTER -> TOPIC_FILTER_INVALID;
            default -> result;
        };
    }

    /** The code of an UNSUBACK for what the bridge said of a filter. */
    static int ofUnsubscribeResult(final int result) {
        return switch (result) {
            case 1 -> SUCCESS;
            case 0 -> NO_SUBSCRIPTION_EXISTED;
            default -> ofSubscribeResult(result);
        };
    }

    /** What a code means, for a reason string. */
    static String sentenceOf(final int reasonCode) {
        return switch (reasonCode) {
            case NOT_AUTHORIZED -> "the access rules do not allow this";
            case TOPIC_NAME_INVALID -> "this topic cannot be published to";
            case PAYLOAD_FORMAT_INVALID -> "the payload is no UTF-8 text, but its format indicator says so";
            case QUOTA_EXCEEDED -> "a limit is reached";
            case IMPLEMENTATION_SPECIFIC_ERROR -> "the cluster does not take this";
            case TOPIC_FILTER_INVALID -> "this is no topic filter";
            case SHARED_SUBSCRIPTIONS_NOT_SUPPORTED -> "shared subscriptions are not supported";
            default -> "the request was refused";
        };
    }

    static boolean isError(final int reasonCode) {
        return reasonCode >= UNSPECIFIED_ERROR;
    }
}
