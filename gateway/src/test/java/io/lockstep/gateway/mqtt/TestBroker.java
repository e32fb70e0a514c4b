package io.lockstep.gateway.mqtt;

import io.lockstep.gateway.bridge.BridgeAgent;
import io.lockstep.gateway.bridge.BridgeProxy;
import io.lockstep.gateway.bridge.FakeCluster;
import io.lockstep.gateway.bridge.FakeClusterLink;
import io.lockstep.gateway.bridge.GatewayCounters;
import io.lockstep.gateway.bridge.SysTopics;
import io.lockstep.gateway.session.GatewayLimits;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Front end, bridge and a cluster in memory in one thread, on a clock that stands still until it is moved. */
final class TestBroker implements AutoCloseable {
    static final int GATEWAY_ID = 3;

    private final List<TestPeer> clients = new ArrayList<>();
    private final List<String> log = new ArrayList<>();
    private final GatewayCounters counters = new GatewayCounters();
    private final FakeCluster cluster;
    private final BridgeProxy proxy;
    private final MqttContext context;
    private final BridgeAgent agent;
    private FakeClusterLink link;
    private int failingConnects;
    private long nowNs = TimeUnit.SECONDS.toNanos(1_000);

    TestBroker() {
        this(GatewayLimits.DEFAULTS, 0);
    }

    TestBroker(final AccessPolicy access) {
        this(GatewayLimits.DEFAULTS, 0, access, new FakeCluster());
    }

    /** One of several gateways of a cluster. */
    TestBroker(final GatewayLimits limits, final FakeCluster cluster) {
        this(limits, 0, AccessPolicy.open(), cluster);
    }

    TestBroker(final GatewayLimits limits, final int failingConnects) {
        this(limits, failingConnects, AccessPolicy.open(), new FakeCluster());
    }

    TestBroker(final GatewayLimits limits, final MqttOptions options) {
        this(limits, options, 0, AccessPolicy.open(), new FakeCluster());
    }

    private TestBroker(
            final GatewayLimits limits,
            final int failingConnects,
            final AccessPolicy access,
            final FakeCluster cluster) {
        this(limits, new MqttOptions("answers", true, TimeUnit.SECONDS.toNanos(10)), failingConnects, access, cluster);
    }

    private TestBroker(
            final GatewayLimits limits,
            final MqttOptions options,
            final int failingConnects,
            final AccessPolicy access,
            final FakeCluster cluster) {
        this.cluster = cluster;
        this.failingConnects = failingConnects;
        proxy = new BridgeProxy(limits.commandQueueLength(), limits.commandQueueBytes(), () -> {});
        context = new MqttContext(proxy, limits, counters, () -> nowNs, log::add, options, access);
        agent = new BridgeAgent(
                proxy,
                this::connect,
                limits,
                counters,
                new SysTopics(GATEWAY_ID, "lockstep test", options.sysIntervalNs(), counters, nowNs),
                () -> nowNs,
                log::add);
        work();
    }

    /** Lets everything happen that can happen without time passing. */
    void work() {
        for (int i = 0; i < 3; i++) {
            workOnce();
        }
        while (workOnce()) {
            // The bridge has more to do.
        }
    }

    private boolean workOnce() {
        clients.forEach(TestPeer::work);
        final boolean hasWorked = agent.doWork() > 0;
        clients.forEach(TestPeer::work);
        return hasWorked;
    }

    void advance(final long seconds) {
        nowNs += TimeUnit.SECONDS.toNanos(seconds);
        for (final TestPeer client : clients) {
            client.advance(seconds);
        }
        work();
    }

    TestClient client() {
        final TestClient client = new TestClient(this);
        add(client);
        return client;
    }

    void add(final TestPeer peer) {
        clients.add(peer);
    }

    /** Ends a client for good. */
    void drop(final TestPeer client) {
        client.close();
        clients.remove(client);
        work();
    }

    FakeClusterLink link() {
        return link;
    }

    GatewayCounters counters() {
        return counters;
    }

    BridgeProxy proxy() {
        return proxy;
    }

    MqttContext context() {
        return context;
    }

    long nowNs() {
        return nowNs;
    }

    List<String> log() {
        return log;
    }

    @Override
    public void close() {
        clients.forEach(TestPeer::close);
        agent.onClose();
        clients.forEach(TestPeer::work);
    }

    private FakeClusterLink connect(final io.lockstep.gateway.bridge.ClusterLinkListener listener) {
        if (failingConnects > 0) {
            failingConnects--;
            throw new IllegalStateException("no node answered");
        }
        link = new FakeClusterLink(listener, cluster);
        return link;
    }
}
