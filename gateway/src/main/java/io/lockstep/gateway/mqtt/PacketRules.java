package io.lockstep.gateway.mqtt;

import io.lockstep.topic.SharedFilter;
import io.netty.buffer.ByteBuf;
import java.util.Arrays;

/**
 * What the bytes of a client's packet must keep to whatever the state of the connection is: flags, lengths, strings,
 * properties, packet ids, reason codes. The codec behind it takes more than the protocol allows; it only ever sees packets
 * that passed here. Belongs to the event loop of one connection, because the version is known from the CONNECT on.
 */
final class PacketRules {
    private static final int MQTT_3_1 = 3;
    private static final int MQTT_5 = 5;
    private static final int UNKNOWN = 0;

    private static final int CONNECT = 1;
    private static final int PUBLISH = 3;
    private static final int PUBACK = 4;
    private static final int PUBREC = 5;
    private static final int PUBREL = 6;
    private static final int PUBCOMP = 7;
    private static final int SUBSCRIBE = 8;
    private static final int UNSUBSCRIBE = 10;
    private static final int PINGREQ = 12;
    private static final int DISCONNECT = 14;
    private static final int AUTH = 15;

    // Sections 3.4.2.1, 3.5.2.1; 3.6.2.1, 3.7.2.1; 3.14.2.1 as far as clients may send them; 3.15.2.1 likewise.
    // Ascending.
    private static final int[] PUBLISH_CODES = {0x00, 0x10, 0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99};
    private static final int[] RELEASE_CODES = {0x00, 0x92};
    private static final int[] DISCONNECT_CODES = {
        0x00, 0x04, 0x80, 0x81, 0x82, 0x83, 0x90, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99
    };
    private static final int[] AUTH_CODES = {0x18, 0x19};

    private int level = UNKNOWN;

    /** Whether what was read so far is a CONNECT of MQTT 5.0, good or bad. */
    boolean isMqtt5() {
        return level == MQTT_5;
    }

    /** Checks the first byte of a packet as soon as it is there. */
    void checkFirstByte(final int firstByte) {
        final int type = firstByte >> 4;
        if (level == UNKNOWN && type != CONNECT) {
            throw BadPacketException.protocolError("the first packet is a CONNECT");
        }
        if (level != UNKNOWN && type == CONNECT) {
            throw BadPacketException.protocolError("a connection has one CONNECT");
        }
        final int flags = firstByte & 0x0F;
        switch (type) {
            case PUBLISH -> checkPublishFlags(flags);
            case PUBREL, SUBSCRIBE, UNSUBSCRIBE -> checkFlags(flags, 2);
            case CONNECT, PUBACK, PUBREC, PUBCOMP, PINGREQ, DISCONNECT -> checkFlags(flags, 0);
            case AUTH -> {
                if (level < MQTT_5) {
                    throw BadPacketException.malformed("there is no packet of type 15");
                }
                checkFlags(flags, 0);
            }
            case 0 -> throw BadPacketException.malformed("there is no packet of type 0");
            default -> throw BadPacketException.protocolError("only a server sends packets of type " + type);
        }
    }

    /** Checks a whole packet. */
    void check(final ByteBuf packet, final int firstByte, final int bodyStart, final int bodyEnd) {
        final WireReader reader = new WireReader(packet, bodyStart, bodyEnd);
        final int type = firstByte >> 4;
        switch (type) {
            case CONNECT -> checkConnect(reader);
            case PUBLISH -> checkPublish(reader, (firstByte >> 1 & 3) > 0);
            case PUBACK, PUBREC -> checkAcknowledgement(reader, PUBLISH_CODES);
            case PUBREL, PUBCOMP -> checkAcknowledgement(reader, RELEASE_CODES);
            case SUBSCRIBE -> checkSubscribe(reader);
            case UNSUBSCRIBE -> checkUnsubscribe(reader);
            case DISCONNECT ->
                checkReasonAndProperties(reader, DISCONNECT_CODES, PropertyRules.DISCONNECT, level == MQTT_5);
            case AUTH -> checkReasonAndProperties(reader, AUTH_CODES, PropertyRules.AUTH, true);
            default -> reader.expectEnd();
        }
    }

    private static void checkPublishFlags(final int flags) {
        if ((flags & 6) == 6) {
            throw BadPacketException.malformed("there is no QoS 3");
        }
        if ((flags & 8) != 0 && (flags & 6) == 0) {
            throw BadPacketException.malformed("a PUBLISH with QoS 0 is no duplicate");
        }
    }

    private static void checkFlags(final int flags, final int expected) {
        if (flags != expected) {
            throw BadPacketException.malformed("reserved flags of the fixed header are set wrongly");
        }
    }

    private void checkConnect(final WireReader reader) {
        final String protocol = reader.readText();
        final int newLevel = reader.readByte();
        final boolean isKnown = (protocol.equals("MQTT") && newLevel > MQTT_3_1 && newLevel <= MQTT_5)
                || (protocol.equals("MQIsdp") && newLevel == MQTT_3_1);
        if (!isKnown) {
            // What follows is unknown; the codec refuses the version.
            level = MQTT_3_1;
            return;
        }
        level = newLevel;
        final int flags = reader.readByte();
        final boolean hasWill = (flags & 4) != 0;
        final int willQos = flags >> 3 & 3;
        if (level > MQTT_3_1 && (flags & 1) != 0) {
            throw BadPacketException.malformed("the reserved flag of the CONNECT is set");
        }
        if (willQos == 3 || (!hasWill && (flags & 0x38) != 0)) {
            throw BadPacketException.malformed("the will flags of the CONNECT contradict each other");
        }
        if (level < MQTT_5 && (flags & 0xC0) == 0x40) {
            throw BadPacketException.malformed("a password needs a user name");
        }
        reader.readShort();
        if (level == MQTT_5) {
            PropertyRules.check(reader, PropertyRules.CONNECT);
        }
        reader.readText();
        if (hasWill) {
            if (level == MQTT_5) {
                PropertyRules.check(reader, PropertyRules.WILL);
            }
            checkTopicName(reader.readText());
            reader.skipBinary();
        }
        if ((flags & 0x80) != 0) {
            reader.readText();
        }
        if ((flags & 0x40) != 0) {
            reader.skipBinary();
        }
        reader.expectEnd();
    }

    private void checkPublish(final WireReader reader, final boolean hasPacketId) {
        checkTopicName(reader.readText());
        if (hasPacketId) {
            checkPacketId(reader);
        }
        if (level == MQTT_5) {
            PropertyRules.check(reader, PropertyRules.PUBLISH);
        }
    }

    private void checkAcknowledgement(final WireReader reader, final int[] codes) {
        checkPacketId(reader);
        checkReasonAndProperties(reader, codes, PropertyRules.ACKNOWLEDGEMENT, level == MQTT_5);
    }

    private static void checkReasonAndProperties(
            final WireReader reader, final int[] codes, final int packet, final boolean mayBeThere) {
        if (mayBeThere && reader.hasMore()) {
            final int code = reader.readByte();
            if (Arrays.binarySearch(codes, code) < 0) {
                throw BadPacketException.protocolError("a client cannot send this reason code in this packet");
            }
            if (reader.hasMore()) {
                PropertyRules.check(reader, packet);
            }
        }
        reader.expectEnd();
    }

    private void checkSubscribe(final WireReader reader) {
        checkPacketId(reader);
        if (level == MQTT_5) {
            PropertyRules.check(reader, PropertyRules.SUBSCRIBE);
        }
        expectFilter(reader);
        while (reader.hasMore()) {
            final String filter = reader.readText();
            final int options = reader.readByte();
            if ((options & 3) == 3 || (options & (level == MQTT_5 ? 0xC0 : 0xFC)) != 0) {
                throw BadPacketException.malformed("reserved bits of the subscription options are set");
            }
            if ((options & 0x30) == 0x30) {
                throw BadPacketException.protocolError("there is no retain handling 3");
            }
            if ((options & 4) != 0 && SharedFilter.isShared(filter)) {
                throw BadPacketException.protocolError("a shared subscription has no no-local");
            }
        }
    }

    private void checkUnsubscribe(final WireReader reader) {
        checkPacketId(reader);
        if (level == MQTT_5) {
            PropertyRules.check(reader, PropertyRules.UNSUBSCRIBE);
        }
        expectFilter(reader);
        while (reader.hasMore()) {
            reader.readText();
        }
    }

    private static void expectFilter(final WireReader reader) {
        if (!reader.hasMore()) {
            throw BadPacketException.protocolError("the packet has no topic filter");
        }
    }

    private static void checkPacketId(final WireReader reader) {
        if (reader.readShort() == 0) {
            throw BadPacketException.malformed("a packet identifier is above 0");
        }
    }

    private static void checkTopicName(final String topic) {
        if (topic.indexOf('+') >= 0 || topic.indexOf('#') >= 0) {
            throw new BadPacketException(ReasonCodes.TOPIC_NAME_INVALID, "a topic name has no wildcards");
        }
    }
}
