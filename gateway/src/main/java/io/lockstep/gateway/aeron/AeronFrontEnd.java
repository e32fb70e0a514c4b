package io.lockstep.gateway.aeron;

import io.aeron.Image;
import io.aeron.Subscription;
import io.aeron.exceptions.AeronException;
import io.lockstep.archive.replay.StartPosition;
import io.lockstep.client.ClientConfig;
import io.lockstep.client.ClusterRelay;
import io.lockstep.client.LockstepClient;
import io.lockstep.client.LockstepException;
import io.lockstep.client.SharedCoreIdling;
import io.lockstep.client.SubscriberListener;
import io.lockstep.client.internal.AnswerTap;
import io.lockstep.client.internal.RecordReader;
import io.lockstep.client.link.GatewayAddress;
import io.lockstep.client.link.LinkProtocol;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.agrona.CloseHelper;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.Agent;
import org.agrona.concurrent.IdleStrategy;
import org.agrona.concurrent.ManyToOneConcurrentLinkedQueue;
import org.agrona.concurrent.NanoClock;

/**
 * Lets native clients in: a Lockstep client of its own carries all their commands and reads for them, and a media driver
 * beside it listens for them. Until the cluster is there and has said which rules count nobody is
 * listened to, so that clients go to another gateway. One thread.
 */
public final class AeronFrontEnd implements Agent {
    private static final long CONNECT_INTERVAL_NS = TimeUnit.SECONDS.toNanos(1);
    // Clients that do not read any more are not told.
    private static final long GOODBYE_TIMEOUT_NS = TimeUnit.MILLISECONDS.toNanos(500);

    private final GatewayAddress address;
    private final ClientConfig clientConfig;
    private final FrontAccess access;
    private final FrontCounters counters;
    private final int maxSessions;
    private final NanoClock clock;
    private final Consumer<String> logger;
    private final Queue<Image> arrivals = new ManyToOneConcurrentLinkedQueue<>();
    private final Tap tap = new Tap();
    private LockstepClient client;
    private ClusterRelay relay;
    private FrontDriver driver;
    private Subscription subscription;
    private FrontSessions sessions;
    private long nextConnectNs;
    private boolean isFailed;
    private volatile boolean isListening;

    /**
     * A front end that begins to connect when it is run.
     *
     * @param address      where to listen.
     * @param clientConfig how to reach the cluster.
     * @param access       who may come in.
     * @param counters     of this front end.
     * @param maxSessions  greatest number of clients; the next one is refused.
     * @param clock        monotonic.
     * @param logger       takes one line for each event that an operator should know.
     */
    public AeronFrontEnd(
            final GatewayAddress address,
            final ClientConfig clientConfig,
            final FrontAccess access,
            final FrontCounters counters,
            final int maxSessions,
            final NanoClock clock,
            final Consumer<String> logger) {
        this.address = address;
        this.clientConfig = clientConfig;
        this.access = access;
        this.counters = counters;
        this.maxSessions = maxSessions;
        this.clock = clock;
        this.logger = logger;
        this.nextConnectNs = clock.nanoTime();
    }

    @Override
    public int doWork() {
        if (isFailed) {
            return 0;
        }
        try {
            return client == null ? connect() : work();
        } catch (final Throwable ex) {
            // What clients were promised may be wrong now: nobody is answered any more.
            isFailed = true;
            isListening = false;
            throw ex;
        }
    }

    /**
     * Whether clients are listened to.
     *
     * @return true from when the cluster was reached; any thread.
     */
    public boolean isListening() {
        return isListening;
    }

    /**
     * Where it listens.
     *
     * @return the address.
     */
    public GatewayAddress address() {
        return address;
    }

    @Override
    public void onClose() {
        isListening = false;
        if (sessions != null && !isFailed) {
            sessions.sayGoodbye();
            awaitAllSent();
            sessions.close();
        }
        disconnect();
    }

    @Override
    public String roleName() {
        return "gateway-aeron";
    }

    private int work() {
        if (driver.aeron().isClosed()) {
            throw new IllegalStateException("the media driver that listens for native clients is gone");
        }
        final long nowNs = clock.nanoTime();
        int count = client.doWork();
        for (Image image = arrivals.poll(); image != null; image = arrivals.poll()) {
            sessions.add(new AeronClientStream(driver.aeron(), address, image, logger), nowNs);
            count++;
        }
        return count + sessions.doWork(nowNs);
    }

    private int connect() {
        if (!access.isDecided() || clock.nanoTime() - nextConnectNs < 0) {
            return 0;
        }
        try {
            client = LockstepClient.connect(clientConfig);
            relay = client.relay(tap);
            sessions = new FrontSessions(new RelayUpstream(), access, counters, maxSessions);
            driver = FrontDriver.launch();
            subscription = driver.aeron()
                    .addSubscription(
                            address.requestChannel(), LinkProtocol.REQUEST_STREAM_ID, arrivals::add, image -> {});
            isListening = true;
            logger.accept("listens for native clients at " + address + ", UDP, and the port after it");
        } catch (final LockstepException | AeronException ex) {
            logger.accept("cannot listen for native clients at " + address + " yet: " + ex.getMessage());
            disconnect();
        }
        nextConnectNs = clock.nanoTime() + CONNECT_INTERVAL_NS;
        return 1;
    }

    // Else the media driver would end before it had sent it.
    private void awaitAllSent() {
        final IdleStrategy idleStrategy = SharedCoreIdling.newIdleStrategy();
        final long beganNs = clock.nanoTime();
        while (!sessions.isAllSent() && clock.nanoTime() - beganNs < GOODBYE_TIMEOUT_NS) {
            idleStrategy.idle();
        }
    }

    private void disconnect() {
        CloseHelper.quietCloseAll(subscription, driver, client);
        subscription = null;
        driver = null;
        client = null;
        relay = null;
        sessions = null;
        // Those of the media driver that is gone; this queue has no other way to be emptied.
        while (arrivals.poll() != null) {
            // Until it is empty.
        }
    }

    // Answers come only in the turns of the client, and so when there are sessions.
    private final class Tap implements AnswerTap {
        @Override
        public void onRestored(final int shardId) {
            sessions.onRestored(shardId);
        }

        @Override
        public boolean onAnswer(final int shardId, final DirectBuffer buffer, final int offset, final int length) {
            return sessions.onAnswer(shardId, buffer, offset, length);
        }
    }

    private final class RelayUpstream implements Upstream {
        @Override
        public int shardCount() {
            return relay.shardCount();
        }

        @Override
        public boolean isConnected(final int shardId) {
            return relay.isConnected(shardId);
        }

        @Override
        public int leaderNodeId(final int shardId) {
            return relay.leaderNodeId(shardId);
        }

        @Override
        public long journalPosition(final int shardId) {
            return relay.journalPosition(shardId);
        }

        @Override
        public long offer(final int shardId, final DirectBuffer buffer, final int offset, final int length) {
            return relay.offer(shardId, buffer, offset, length);
        }

        @Override
        public RecordReader openReader(
                final int shardId, final StartPosition start, final SubscriberListener listener) {
            return relay.openReader(shardId, start, listener);
        }
    }
}
