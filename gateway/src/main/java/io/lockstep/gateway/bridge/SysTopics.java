package io.lockstep.gateway.bridge;

import io.lockstep.gateway.session.LoadAverage;
import io.lockstep.gateway.session.SessionSubscriptions;
import io.lockstep.gateway.session.SubscriptionMatch;
import io.lockstep.gateway.session.SubscriptionOptions;
import io.lockstep.gateway.session.SubscriptionTree;
import io.lockstep.topic.TopicFilter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * What a gateway tells of itself under {@code $SYS}, to its own sessions: at once to who subscribes, like retained messages,
 * and again at an interval. Nothing of it goes through the cluster; it is sent with QoS 0 and left out where the client has
 * no room. Made by any thread, then used by the bridge thread only.
 */
public final class SysTopics {
    /** The interval at which nothing is told at all. */
    public static final long OFF = 0;

    private static final String ROOT = "$SYS";
    private static final byte[] NO_HEADERS = {};

    private final Map<String, Supplier<String>> values = new LinkedHashMap<>();
    private final List<Topic> topics = new ArrayList<>();
    private final List<Load> loads = new ArrayList<>();
    private final List<SessionSubscriptions> matched = new ArrayList<>();
    private final GatewayCounters counters;
    private final long intervalNs;
    private long nowNs;
    private long sampledNs;
    private int knownClients;
    private int connectedClients;
    private int maximumClients;
    private int subscriptions;

    private record Topic(String name, UnsafeBuffer bytes, Supplier<String> value) {}

    private record Load(LongAdder counter, LoadAverage average) {}

    /**
     * Prepares the topics.
     *
     * @param gatewayId  of the gateway.
     * @param version    of the software.
     * @param intervalNs how often they are told, or {@link #OFF}.
     * @param counters   of the gateway.
     * @param startNs    when the gateway began, by the clock of the bridge.
     */
    public SysTopics(
            final int gatewayId,
            final String version,
            final long intervalNs,
            final GatewayCounters counters,
            final long startNs) {
        this.intervalNs = intervalNs;
        this.counters = counters;
        this.nowNs = startNs;
        this.sampledNs = startNs;
        values.put("version", () -> version);
        values.put("uptime", () -> TimeUnit.NANOSECONDS.toSeconds(nowNs - startNs) + " seconds");
        values.put("clients/connected", () -> Integer.toString(connectedClients));
        values.put("clients/total", () -> Integer.toString(knownClients));
        values.put("clients/maximum", () -> Integer.toString(maximumClients));
        values.put("subscriptions/count", () -> Integer.toString(subscriptions));
        addCounter("messages/received", "messages/received", counters.packetsIn());
        addCounter("messages/sent", "messages/sent", counters.packetsOut());
        addCounter("bytes/received", "bytes/received", counters.bytesIn());
        addCounter("bytes/sent", "bytes/sent", counters.bytesOut());
        addCounter("publish/messages/received", "publish/received", counters.publishesIn());
        addCounter("publish/messages/sent", "publish/sent", counters.messagesOut());
        addCounter("publish/messages/dropped", "publish/dropped", counters.messagesDropped());
        addLoad("connections", counters.connectionsOpened());
        for (final String parent : List.of(ROOT + "/broker/", ROOT + "/gateways/" + gatewayId + '/')) {
            values.forEach((name, value) -> topics.add(new Topic(
                    parent + name, new UnsafeBuffer((parent + name).getBytes(StandardCharsets.UTF_8)), value)));
        }
    }

    /** What the gateway has now. */
    void onCounts(final int newKnownClients, final int newSubscriptions) {
        knownClients = newKnownClients;
        subscriptions = newSubscriptions;
    }

    void onOpened() {
        connectedClients++;
        maximumClients = Math.max(maximumClients, connectedClients);
    }

    void onClosed() {
        connectedClients--;
    }

    /** Tells all sessions that want it, when it is time; returns 1 then. */
    int doWork(final long newNowNs, final SubscriptionTree tree) {
        nowNs = newNowNs;
        if (intervalNs == OFF || nowNs - sampledNs < intervalNs) {
            return 0;
        }
        for (final Load load : loads) {
            load.average().onSample(load.counter().sum(), nowNs - sampledNs);
        }
        sampledNs = nowNs;
        for (final Topic topic : topics) {
            tree.match(topic.bytes(), 0, topic.bytes().capacity(), null, matched);
            final Delivery delivery = matched.isEmpty() ? null : deliveryOf(topic);
            for (final SessionSubscriptions subscribed : matched) {
                final SubscriptionMatch match = subscribed.lastMatch();
                send((BridgeSession) subscribed.owner(), delivery, match, match.isRetainAsPublished());
            }
            matched.clear();
        }
        return 1;
    }

    /** Tells a session that subscribed what there is. */
    void tell(final BridgeSession session, final String filter, final SubscriptionOptions options) {
        if (intervalNs == OFF || !filter.startsWith(ROOT)) {
            return;
        }
        final TopicFilter parsed = TopicFilter.parse(filter);
        final SubscriptionMatch match = SubscriptionMatch.of(options);
        for (final Topic topic : topics) {
            if (parsed.matches(topic.bytes(), 0, topic.bytes().capacity())) {
                send(session, deliveryOf(topic), match, true);
            }
        }
    }

    private void send(
            final BridgeSession session,
            final Delivery delivery,
            final SubscriptionMatch match,
            final boolean isRetained) {
        if (!session.mayRead(delivery.topic())) {
            return;
        }
        final DeliveryQueue queue = session.deliveries();
        // They leave half of the room to what must not be lost.
        if (!queue.isHalfFree() || !queue.hasRoomFor(delivery.lengthBytes())) {
            counters.messagesDropped().increment();
            return;
        }
        queue.add(PendingDelivery.uncounted(delivery, match, 0, isRetained));
        session.onDeliveries();
    }

    private static Delivery deliveryOf(final Topic topic) {
        return Delivery.of(topic.name(), NO_HEADERS, topic.value().get().getBytes(StandardCharsets.UTF_8), 0);
    }

    private void addCounter(final String name, final String loadName, final LongAdder counter) {
        values.put(name, () -> Long.toString(counter.sum()));
        addLoad(loadName, counter);
    }

    private void addLoad(final String name, final LongAdder counter) {
        final LoadAverage average = new LoadAverage();
        loads.add(new Load(counter, average));
        for (int i = 0; i < LoadAverage.periodCount(); i++) {
            final int index = i;
            values.put(
                    "load/" + name + '/' + LoadAverage.periodMinutes(i) + "min",
                    () -> String.format(Locale.ROOT, "%.2f", average.average(index)));
        }
    }
}
