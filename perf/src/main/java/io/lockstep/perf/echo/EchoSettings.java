package io.lockstep.perf.echo;

import java.util.concurrent.TimeUnit;
import org.agrona.concurrent.BackoffIdleStrategy;
import org.agrona.concurrent.IdleStrategy;

/**
 * The best settings known for a bare echo of three nodes on two shared cores. Frozen: a change here is a new floor, and
 * ratios from before cannot be compared with ratios from after.
 */
final class EchoSettings {
    static final String LOG_CHANNEL = "aeron:udp?term-length=16m";
    static final String INGRESS_CHANNEL = "aeron:udp?term-length=1m";
    static final String EGRESS_CHANNEL = "aeron:udp?term-length=1m";
    static final String CLIENT_EGRESS_CHANNEL = "aeron:udp?term-length=1m|endpoint=localhost:0";
    static final String CONSENSUS_CHANNEL = "aeron:udp?term-length=128k";
    static final String REPLICATION_CHANNEL = "aeron:udp?endpoint=localhost:0";

    static final int MTU_LENGTH = 1408;
    static final int TERM_LENGTH = 128 * 1024;
    static final int CLIENT_TERM_LENGTH = 1024 * 1024;
    static final int SEGMENT_LENGTH = 128 * 1024 * 1024;
    static final int SOCKET_BUFFER_LENGTH = 2 * 1024 * 1024;
    static final int WINDOW_LENGTH = 1024 * 1024;
    static final int FILE_SYNC_LEVEL = 0;

    // Time-outs of Lockstep's profile "small", so that both stand the same stalls.
    static final long HEARTBEAT_INTERVAL_NS = TimeUnit.MILLISECONDS.toNanos(200);
    static final long HEARTBEAT_TIMEOUT_NS = TimeUnit.SECONDS.toNanos(3);
    static final long ELECTION_TIMEOUT_NS = TimeUnit.MILLISECONDS.toNanos(500);
    static final long ELECTION_STATUS_INTERVAL_NS = TimeUnit.MILLISECONDS.toNanos(50);
    static final long STARTUP_CANVASS_TIMEOUT_NS = TimeUnit.SECONDS.toNanos(9);
    static final long SESSION_TIMEOUT_NS = TimeUnit.SECONDS.toNanos(30);

    private static final long MIN_PARK_NS = 1_000;
    private static final long MAX_PARK_NS = 1_000_000;
    private static final long CLIENT_MAX_PARK_NS = 50_000;
    private static final long MAX_SPINS = 10;
    private static final long MAX_YIELDS = 20;

    private EchoSettings() {}

    static IdleStrategy newIdleStrategy() {
        return new BackoffIdleStrategy(MAX_SPINS, MAX_YIELDS, MIN_PARK_NS, MAX_PARK_NS);
    }

    static IdleStrategy newClientIdleStrategy() {
        return new BackoffIdleStrategy(MAX_SPINS, MAX_YIELDS, MIN_PARK_NS, CLIENT_MAX_PARK_NS);
    }
}
