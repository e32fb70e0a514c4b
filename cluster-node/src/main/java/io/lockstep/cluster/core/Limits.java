package io.lockstep.cluster.core;

import io.lockstep.codecs.MessageHeaderEncoder;
import io.lockstep.codecs.PublishReplyEncoder;
import io.lockstep.config.EngineSetting;
import io.lockstep.config.NodeEndpoint;
import io.lockstep.topic.SlotTable;
import io.lockstep.wire.JournalFormat;

/** Hard limits of the engine, those that are no settings. */
public final class Limits {
    /** Greatest length of one message of a snapshot in bytes: a fragmented message of the smallest sensible term. */
    public static final int MAX_SNAPSHOT_MESSAGE_LENGTH = 1 << 20;

    /** Greatest number of entries of a publish command, the highest value of the setting that bounds it. */
    public static final int MAX_BATCH_LENGTH = (int) EngineSetting.MAX_BATCH_LENGTH.highest();

    /** Greatest number of topics in a page. */
    public static final int MAX_TOPICS_IN_PAGE = 100;

    /** Greatest length of the entries of a page in bytes, so that a page stays a small message. */
    public static final int MAX_PAGE_LENGTH = 32 * 1024;

    /** Greatest number of topics that one command looks at, so that a filter that matches nothing stops no shard. */
    public static final int MAX_TOPICS_SCANNED = 4096;

    /**
     * Greatest length of headers and payload of a last value in bytes: it must fit a reply, with the name of its topic and
     * with what the release of a scheduled message adds to the headers.
     */
    public static final int MAX_RETAINED_LENGTH = 128 * 1024;

    /** Greatest number of last values in a page. */
    public static final int MAX_RETAINED_IN_PAGE = 500;

    /** Greatest number of topics, most of them without a last value, that one command looks at. */
    public static final int MAX_RETAINED_PLACES_SCANNED = 65_536;

    /** Greatest number of last values that one turn removes because they expired. */
    public static final int MAX_RETAINED_EXPIRED = 1000;

    /** Greatest number of settings in a command. */
    public static final int MAX_SETTINGS_IN_COMMAND = 64;

    /**
     * Greatest number of producers that one command evicts, so that a limit that was lowered far stops no shard: enough to
     * free the greatest window by evicting the smallest ones.
     */
    public static final int MAX_EVICTIONS = 4096;

    /** Greatest number of shards. */
    public static final int MAX_SHARDS = NodeEndpoint.MAX_SHARDS;

    /** Greatest number of prefix routes. */
    public static final int MAX_ROUTES = SlotTable.MAX_ROUTES;

    /** Greatest number of nodes: one bit each in a long. */
    public static final int MAX_NODES = Long.SIZE;

    /**
     * Greatest length of a reply in bytes: a result for each entry of the greatest batch, and its head. The egress channel
     * must take it in one message.
     */
    public static final int MAX_REPLY_LENGTH = MessageHeaderEncoder.ENCODED_LENGTH
            + PublishReplyEncoder.BLOCK_LENGTH
            + PublishReplyEncoder.ResultsEncoder.HEADER_SIZE
            + MAX_BATCH_LENGTH * PublishReplyEncoder.ResultsEncoder.sbeBlockLength();

    /** Greatest number of topic filters of a durable consumer. */
    public static final int MAX_FILTERS = 32;

    /** Greatest length of the name of a durable consumer in bytes. */
    public static final int MAX_CONSUMER_NAME_LENGTH = 128;

    /** Greatest lane of a durable consumer. */
    public static final int MAX_LANE = 1023;

    /** Greatest number of members of a durable consumer. */
    public static final int MAX_MEMBERS_OF_CONSUMER = 1024;

    /** Greatest number of durable consumers that a member joins: all of them move in one turn when it is gone. */
    public static final int MAX_CONSUMERS_OF_MEMBER = 4096;

    /** Greatest number of durable consumers in a page. */
    public static final int MAX_CONSUMERS_IN_PAGE = 100;

    /** Greatest number of durable consumers that one command looks at. */
    public static final int MAX_CONSUMERS_SCANNED = 4096;

    /** Greatest number of single acknowledgements in a command: the highest value of the setting that bounds them. */
    public static final int MAX_ACKS_IN_COMMAND = (int) EngineSetting.MAX_PENDING_ACKS.highest();

    /** Greatest length of a client id in bytes. */
    public static final int MAX_CLIENT_ID_LENGTH = 1024;

    /** Greatest number of client sessions in a page. */
    public static final int MAX_SESSIONS_IN_PAGE = 100;

    /** Greatest number of client sessions that one command looks at. */
    public static final int MAX_SESSIONS_SCANNED = 4096;

    /** Greatest number of changes of subscriptions in a command. */
    public static final int MAX_SUBSCRIPTION_CHANGES = 1024;

    /** How many messages beyond the cursor of a client session can be noted. */
    public static final int MAX_SESSION_WINDOW = 1024;

    /** Greatest number of packet ids of a client session that were not released. */
    public static final int MAX_PACKETS_OF_SESSION = 1024;

    /** Greatest length of the access rules in bytes: they must fit a reply. */
    public static final int MAX_ACCESS_RULES_LENGTH = 64 * 1024;

    /** Greatest number of refusals that are told in one second of cluster time. */
    public static final int MAX_AUDITS_IN_SECOND = 10;

    /** How long the owner of a durable consumer may take to finish and hand over, in nanoseconds. */
    public static final long HAND_OVER_NS = 5_000_000_000L;

    /** Greatest number of durable consumers that are taken from their owners in one turn. */
    public static final int MAX_HAND_OVERS_IN_TURN = 256;

    /** Least length of a record in the journal, in bytes: what positions are multiples of. */
    static final int LEAST_RECORD = JournalFormat.FRAME_ALIGNMENT;

    /** Stands for no position. */
    static final long NO_POSITION = -1;

    private Limits() {}
}
