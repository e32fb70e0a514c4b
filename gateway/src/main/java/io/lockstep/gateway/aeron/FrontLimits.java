package io.lockstep.gateway.aeron;

import java.util.concurrent.TimeUnit;

/** Bounds of what one native client may have at a gateway. */
final class FrontLimits {
    /** Silence after which a session ends. */
    static final long TIMEOUT_NS = TimeUnit.SECONDS.toNanos(10);

    /** How long a client may take to log in, and how long one that was refused is waited for. */
    static final long GREETING_NS = TimeUnit.SECONDS.toNanos(10);

    /** Longest message before the client is known. */
    static final int MAX_GREETING_LENGTH = 8 << 10;

    /** Reads of one session. */
    static final int MAX_READS = 256;

    /** Filters of one read. */
    static final int MAX_FILTERS = 256;

    /** Greatest credit of a read. */
    static final int MAX_CREDIT_BYTES = 16 << 20;

    /** Producers of one session in one shard. */
    static final int MAX_PRODUCERS = 1_024;

    /** Answers that wait for a client which does not take them; more are dropped, and it asks again. */
    static final int MAX_WAITING_ANSWER_BYTES = 1 << 20;

    /** Clients that wait to be refused beyond the sessions that a gateway may have; more are cut off. */
    static final int MAX_REFUSALS = 64;

    /** Frames that are taken from one client before the next one has its turn. */
    static final int FRAME_LIMIT = 16;

    /** Records that are read for one client before the next one has its turn. */
    static final int RECORD_LIMIT = 64;

    private FrontLimits() {}
}
