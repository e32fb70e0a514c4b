package io.lockstep.config;

/**
 * A value that the engine reads. It is replicated state: the cluster file only seeds it, once, by a logged command, and
 * later changes are commands. Ids are never reused.
 */
public enum EngineSetting {
    /** Greatest number of topics in a shard. */
    MAX_TOPICS(1, "limits.maxTopics", 10_000, 1, 1_000_000, Unit.COUNT, "Greatest number of topics in a shard."),
    /** Whether the first publish creates a topic. */
    AUTO_CREATE_TOPICS(2, "limits.autoCreateTopics", 1, 0, 1, Unit.FLAG, "Whether the first publish creates a topic."),
    /** Greatest number of producers in a shard. */
    MAX_PRODUCERS(3, "limits.maxProducers", 4_096, 1, 100_000, Unit.COUNT, "Greatest number of producers in a shard."),
    /** Greatest in-flight window of a producer. */
    MAX_PRODUCER_WINDOW(
            4,
            "limits.maxProducerWindow",
            16_384,
            16,
            65_536,
            Unit.COUNT,
            "Greatest in-flight window that a producer may ask for, in messages."),
    /** Time after which an unused producer may be evicted. */
    PRODUCER_EXPIRY(
            5,
            "limits.producerExpiry",
            7L * 24 * 3600 * 1_000_000_000L,
            1_000_000_000L,
            365L * 24 * 3600 * 1_000_000_000L,
            Unit.DURATION_NS,
            "Time after which an unused producer may be evicted when room is needed."),
    /** Greatest payload. */
    MAX_PAYLOAD_LENGTH(
            6, "limits.maxPayload", 1 << 20, 1, 1 << 20, Unit.BYTES, "Greatest length of a message's payload."),
    /** Greatest header block. */
    MAX_HEADERS_LENGTH(
            7, "limits.maxHeaders", 64 << 10, 0, 256 << 10, Unit.BYTES, "Greatest length of a message's header block."),
    /** Greatest number of headers. */
    MAX_HEADER_COUNT(8, "limits.maxHeaderCount", 128, 0, 1_024, Unit.COUNT, "Greatest number of headers of a message."),
    /** Greatest number of messages in a publish command. */
    MAX_BATCH_LENGTH(
            9,
            "limits.maxBatch",
            1_024,
            1,
            8_192,
            Unit.COUNT,
            "Greatest number of messages in one publish command, atomic or not."),
    /** Cap of the replicated state. */
    MAX_STATE_BYTES(
            10,
            "limits.maxState",
            64L << 20,
            1L << 20,
            512L << 20,
            Unit.BYTES,
            "Cap of a shard's replicated state; a snapshot stops the shard for about 0.1 s per 10 MiB."),
    /** Messages between checkpoints. */
    CHECKPOINT_MESSAGES(
            11,
            "journal.checkpointMessages",
            65_536,
            64,
            1 << 24,
            Unit.COUNT,
            "Number of messages after which a checkpoint record is written."),
    /** Time between checkpoints. */
    CHECKPOINT_INTERVAL(
            12,
            "journal.checkpointInterval",
            10_000_000_000L,
            100_000_000L,
            3600L * 1_000_000_000L,
            Unit.DURATION_NS,
            "Time after which a checkpoint record is written if anything was."),
    /** Retention by bytes. */
    RETENTION_BYTES(
            13,
            "journal.retentionBytes",
            0,
            0,
            Long.MAX_VALUE,
            Unit.BYTES,
            "Bytes of a shard's journal that are kept; 0 keeps all."),
    /** Retention by age. */
    RETENTION_AGE(
            14,
            "journal.retentionAge",
            0,
            0,
            Long.MAX_VALUE,
            Unit.DURATION_NS,
            "Age up to which a shard's journal is kept; 0 keeps all."),
    /** Greatest size of the last values. */
    MAX_RETAINED_BYTES(
            15,
            "limits.maxRetained",
            16L << 20,
            0,
            256L << 20,
            Unit.BYTES,
            "Greatest size of all last values of a shard."),
    /** Greatest number of messages that are held back. */
    MAX_SCHEDULED(
            16,
            "limits.maxScheduled",
            200_000,
            0,
            1_000_000,
            Unit.COUNT,
            "Greatest number of messages that a shard holds back for later."),
    /** Greatest size of the messages that are held back. */
    MAX_SCHEDULED_BYTES(
            17,
            "limits.maxScheduledBytes",
            32L << 20,
            0,
            256L << 20,
            Unit.BYTES,
            "Greatest size of all messages that a shard holds back for later."),
    /** Greatest number of consumers and groups. */
    MAX_CONSUMERS(
            18,
            "limits.maxConsumers",
            1_024,
            0,
            100_000,
            Unit.COUNT,
            "Greatest number of durable consumers and groups in a shard."),
    /** Greatest number of acknowledgements out of order. */
    MAX_PENDING_ACKS(
            19,
            "limits.maxPendingAcks",
            1_024,
            16,
            16_384,
            Unit.COUNT,
            "Greatest number of single acknowledgements that a consumer keeps beyond its position."),
    /** Messages of a group that are kept track of. */
    GROUP_WINDOW(
            20,
            "limits.groupWindow",
            4_096,
            16,
            65_536,
            Unit.COUNT,
            "Greatest number of messages of a group that a shard keeps track of at once."),
    /** Greatest number of members. */
    MAX_MEMBERS(
            21,
            "limits.maxMembers",
            4_096,
            1,
            100_000,
            Unit.COUNT,
            "Greatest number of members of consumers and groups in a shard."),
    /** Greatest number of publisher leases. */
    MAX_LEASES(
            22,
            "limits.maxLeases",
            1_024,
            0,
            100_000,
            Unit.COUNT,
            "Greatest number of topics of a shard that publisher leases guard."),
    /** Rate of a producer in messages. */
    PRODUCER_RATE(
            23,
            "limits.producerRate",
            0,
            0,
            100_000_000,
            Unit.COUNT,
            "Messages per second that a producer may publish to a shard; 0 for no limit."),
    /** Rate of a producer in bytes. */
    PRODUCER_BYTE_RATE(
            24,
            "limits.producerByteRate",
            0,
            0,
            1L << 40,
            Unit.BYTES,
            "Payload bytes per second that a producer may publish to a shard; 0 for no limit."),
    /** Rate of a topic in messages. */
    TOPIC_RATE(
            25,
            "limits.topicRate",
            0,
            0,
            100_000_000,
            Unit.COUNT,
            "Messages per second that a topic takes; 0 for no limit."),
    /** Rate of a topic in bytes. */
    TOPIC_BYTE_RATE(
            26,
            "limits.topicByteRate",
            0,
            0,
            1L << 40,
            Unit.BYTES,
            "Payload bytes per second that a topic takes; 0 for no limit."),
    /** Topics that a producer creates. */
    PRODUCER_TOPICS(
            27,
            "limits.producerTopics",
            0,
            0,
            1_000_000,
            Unit.COUNT,
            "Topics that a producer may create in a shard by publishing to them; 0 for no limit."),
    /** Messages of a producer that are held back. */
    PRODUCER_SCHEDULED(
            28,
            "limits.producerScheduled",
            0,
            0,
            1_000_000,
            Unit.COUNT,
            "Messages of a producer that a shard holds back for later at once; 0 for no limit."),
    /** Messages for a topic that are held back. */
    TOPIC_SCHEDULED(
            29,
            "limits.topicScheduled",
            0,
            0,
            1_000_000,
            Unit.COUNT,
            "Messages for a topic that are held back for later at once; 0 for no limit."),
    /** Messages of a group that are in flight. */
    GROUP_IN_FLIGHT(
            30,
            "limits.groupInFlight",
            0,
            0,
            1_000_000,
            Unit.COUNT,
            "Messages of a group that its members have without having settled them; 0 for no limit but their credit."),
    /** Greatest number of sessions. */
    MAX_SESSIONS(
            31,
            "limits.maxSessions",
            20_000,
            0,
            200_000,
            Unit.COUNT,
            "Greatest number of client sessions of which a shard has a piece."),
    /** Greatest number of subscriptions of a session. */
    MAX_SUBSCRIPTIONS(
            32,
            "limits.maxSubscriptions",
            1_024,
            1,
            8_192,
            Unit.COUNT,
            "Greatest number of subscriptions of a client session."),
    /** Greatest life of a session without connection. */
    SESSION_EXPIRY(
            33,
            "limits.sessionExpiry",
            7L * 24 * 3600 * 1_000_000_000L,
            0,
            365L * 24 * 3600 * 1_000_000_000L,
            Unit.DURATION_NS,
            "How long a client session lives at most when its connection is over.");

    /** What a value counts, and so how it is written in the cluster file. */
    public enum Unit {
        /** A plain number. */
        COUNT,
        /** Bytes, written {@code 64k}, {@code 16m}, {@code 2g}. */
        BYTES,
        /** Nanoseconds, written {@code 10s}, {@code 5m}, {@code 12h}, {@code 7d}. */
        DURATION_NS,
        /** {@code true} or {@code false}, held as 1 or 0. */
        FLAG
    }

    private static final EngineSetting[] VALUES = values();

    private final int id;
    private final String key;
    private final long defaultValue;
    private final long lowest;
    private final long highest;
    private final Unit unit;
    private final String sentence;

    EngineSetting(
            final int id,
            final String key,
            final long defaultValue,
            final long lowest,
            final long highest,
            final Unit unit,
            final String sentence) {
        this.id = id;
        this.key = key;
        this.defaultValue = defaultValue;
        this.lowest = lowest;
        this.highest = highest;
        this.unit = unit;
        this.sentence = sentence;
    }

    /**
     * Finds a setting without allocating.
     *
     * @param id of the setting.
     * @return the setting, or null where this release knows none of that id.
     */
    public static EngineSetting ofId(final int id) {
        return id >= 1 && id <= VALUES.length ? VALUES[id - 1] : null;
    }

    /**
     * Number of settings; ids run from 1 to it.
     *
     * @return the number.
     */
    public static int count() {
        return VALUES.length;
    }

    /**
     * Id in commands and snapshots.
     *
     * @return from 1.
     */
    public int id() {
        return id;
    }

    /**
     * Key in the cluster file.
     *
     * @return dotted path.
     */
    public String key() {
        return key;
    }

    /**
     * Value where the file says nothing.
     *
     * @return in the unit.
     */
    public long defaultValue() {
        return defaultValue;
    }

    /**
     * Lowest value that is allowed.
     *
     * @return in the unit.
     */
    public long lowest() {
        return lowest;
    }

    /**
     * Highest value that is allowed.
     *
     * @return in the unit.
     */
    public long highest() {
        return highest;
    }

    /**
     * Whether a value is allowed.
     *
     * @param value in the unit.
     * @return true if it is within the range.
     */
    public boolean isInRange(final long value) {
        return value >= lowest && value <= highest;
    }

    /**
     * What the value counts.
     *
     * @return the unit.
     */
    public Unit unit() {
        return unit;
    }

    /**
     * One sentence for the configuration page.
     *
     * @return the sentence.
     */
    public String sentence() {
        return sentence;
    }
}
