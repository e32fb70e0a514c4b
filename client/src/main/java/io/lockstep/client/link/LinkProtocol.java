package io.lockstep.client.link;

import io.lockstep.wire.JournalFormat;

/** Numbers on which client and gateway agree. */
public final class LinkProtocol {
    /** Version of the protocol that this release speaks. */
    public static final int VERSION = 1;

    /** Stream on which a gateway listens. */
    public static final int REQUEST_STREAM_ID = 1101;

    /**
     * What each side adds to its channel: the least that Aeron has, because a gateway has two such logs for each client. What
     * is longer than a frame goes in pieces, so a term need not hold it eight times.
     */
    public static final String TERM_LENGTH = "term-length=64k";

    /** Greatest length of a message, in pieces or not: a record or a command with room for what is around it. */
    public static final int MAX_MESSAGE_LENGTH = JournalFormat.MAX_RECORD_LENGTH + 1024;

    /** Correlation ids of clients are below this; a gateway puts the session above it. */
    public static final long CORRELATION_MASK = 0xFFFF_FFFFL;

    private LinkProtocol() {}
}
