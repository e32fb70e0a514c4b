package io.lockstep.client;

import io.lockstep.codecs.BooleanType;
import io.lockstep.codecs.DescribeSlotTableEncoder;
import io.lockstep.codecs.DescribeTopicPoliciesEncoder;
import io.lockstep.codecs.MessageHeaderDecoder;
import io.lockstep.codecs.SlotTableDescriptionDecoder;
import io.lockstep.codecs.TopicPoliciesDecoder;
import io.lockstep.topic.SlotTable;
import io.lockstep.topic.TopicFilter;
import io.lockstep.topic.TopicPolicies;
import io.lockstep.topic.TopicPolicy;
import io.lockstep.topic.TopicRoute;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Which shard a topic belongs to and which partitions it has, as the shards tell it: asks them when their tables change,
 * and for topic policies every 10 s. Belongs to the thread that owns the client.
 */
final class Routing {
    /** Told that topics may belong to other shards or have other partitions now. */
    interface Listener {
        void onSlotTablesChanged(SlotTables tables);

        void onPoliciesChanged(PolicyTables tables);
    }

    private static final long POLICY_INTERVAL_NS = TimeUnit.SECONDS.toNanos(10);

    private final LockstepClient client;
    private final Listener listener;
    private final SlotTables slotTables;
    private final PolicyTables policyTables;
    private final TopicCache topics;
    private final TableAsker<SlotTableState> slotTableAsker;
    private final TableAsker<TopicPoliciesState> policyAsker;
    private long nextPoliciesNs;

    Routing(final LockstepClient client, final int shardCount, final Listener listener) {
        this.client = client;
        this.listener = listener;
        this.slotTables = new SlotTables(shardCount);
        this.policyTables = new PolicyTables(shardCount);
        this.topics = new TopicCache(slotTables);
        this.slotTableAsker = new TableAsker<>(
                client,
                shardCount,
                (buffer, header, correlationId) -> new DescribeSlotTableEncoder()
                        .wrapAndApplyHeader(buffer, 0, header)
                        .correlationId(correlationId),
                SlotTableDescriptionDecoder.TEMPLATE_ID,
                this::onSlotTable);
        this.policyAsker = new TableAsker<>(
                client,
                shardCount,
                (buffer, header, correlationId) -> new DescribeTopicPoliciesEncoder()
                        .wrapAndApplyHeader(buffer, 0, header)
                        .correlationId(correlationId),
                TopicPoliciesDecoder.TEMPLATE_ID,
                this::onPolicies);
        this.nextPoliciesNs = client.nowNs();
    }

    /** Begins to ask a shard for all that is asked here. */
    void begin(final int shardId) {
        slotTableAsker.begin(shardId);
        policyAsker.begin(shardId);
    }

    /** Whether the answer of a shard to any of the questions is awaited. */
    boolean isAsking(final int shardId) {
        return slotTableAsker.isAsking(shardId) || policyAsker.isAsking(shardId);
    }

    int doWork(final long nowNs) {
        if (nowNs - nextPoliciesNs < 0) {
            return 0;
        }
        nextPoliciesNs = nowNs + POLICY_INTERVAL_NS;
        policyAsker.beginAll();
        return 1;
    }

    /** The session with a shard is new. */
    void onSessionRestored(final int shardId) {
        slotTableAsker.onSessionRestored(shardId);
    }

    /** A shard told which version its slot table has. */
    void onDescribed(final int shardId, final long version, final long journalPosition) {
        slotTables.onDescribed(shardId, version, journalPosition);
        if (version != slotTables.version(shardId)) {
            slotTableAsker.begin(shardId);
        }
    }

    SlotTables slotTables() {
        return slotTables;
    }

    PolicyTables policyTables() {
        return policyTables;
    }

    TopicCache topics() {
        return topics;
    }

    TableAsker<SlotTableState> slotTableAsker() {
        return slotTableAsker;
    }

    TableAsker<TopicPoliciesState> policyAsker() {
        return policyAsker;
    }

    /** What is known of a topic; throws where that is no name of a user's topic. */
    TopicCache.Entry entryOf(final String topic) {
        final TopicCache.Entry entry = topics.find(topic);
        if (entry == null) {
            throw new IllegalArgumentException("'" + topic
                    + "' is no topic name: 1 to 1024 bytes of UTF-8 without '+' and '#', and not one of Lockstep's own, such as"
                    + " $dead/a");
        }
        return entry;
    }

    /** Asks all shards for their slot tables and waits. */
    List<SlotTableState> askSlotTables(final long timeoutNs) {
        return askAll(slotTableAsker, "slot table", "it is not seeded, or its node is older", timeoutNs);
    }

    /** Asks all shards for their topic policies and waits. */
    List<TopicPoliciesState> askPolicies(final long timeoutNs) {
        return askAll(policyAsker, "topic policies", "its feature level is below 3", timeoutNs);
    }

    private <T> List<T> askAll(
            final TableAsker<T> asker, final String what, final String reason, final long timeoutNs) {
        asker.beginAnew();
        client.awaitTrue(() -> asker.missingShardId() < 0, timeoutNs);
        final int missingShardId = asker.missingShardId();
        if (missingShardId >= 0) {
            throw new LockstepException("shard " + missingShardId + " did not tell its " + what
                    + " in time; 'lockstep status' shows whether it has a leader");
        }
        final List<T> states = asker.answers();
        for (int shardId = 0; shardId < states.size(); shardId++) {
            if (states.get(shardId) == null) {
                throw new LockstepException("shard " + shardId + " has no " + what + " to tell: " + reason);
            }
        }
        return List.copyOf(states);
    }

    private SlotTableState onSlotTable(final int shardId, final DirectBuffer buffer, final int offset) {
        final SlotTableDescriptionDecoder reply =
                new SlotTableDescriptionDecoder().wrapAndApplyHeader(buffer, offset, new MessageHeaderDecoder());
        final long version = reply.slotTableVersion();
        final int shardCount = reply.shardCount();
        final long changedPosition = reply.changedPosition();
        final long journalPosition = reply.journalPosition();
        final List<TopicRoute> routes = new ArrayList<>();
        for (final SlotTableDescriptionDecoder.RoutesDecoder route : reply.routes()) {
            final int routeShardId = route.routeShardId();
            routes.add(new TopicRoute(route.prefix(), routeShardId));
        }
        if (version == 0) {
            return null;
        }
        final UnsafeBuffer slots = new UnsafeBuffer(new byte[SlotTable.SLOTS_LENGTH]);
        reply.getSlots(slots, 0, SlotTable.SLOTS_LENGTH);
        final SlotTable table = new SlotTable(slots, 0, routes);
        if (slotTables.onTable(shardId, version, changedPosition, journalPosition, table)) {
            topics.onTablesChanged();
            listener.onSlotTablesChanged(slotTables);
        }
        return new SlotTableState(shardId, shardCount, version, table);
    }

    private TopicPoliciesState onPolicies(final int shardId, final DirectBuffer buffer, final int offset) {
        final TopicPoliciesDecoder reply =
                new TopicPoliciesDecoder().wrapAndApplyHeader(buffer, offset, new MessageHeaderDecoder());
        final long version = reply.policiesVersion();
        final long changedPosition = reply.changedPosition();
        final long journalPosition = reply.journalPosition();
        final List<TopicPolicy> entries = new ArrayList<>();
        for (final TopicPoliciesDecoder.PoliciesDecoder policy : reply.policies()) {
            final int partitions = policy.partitions();
            final boolean isHeld = policy.isHeld() == BooleanType.TRUE;
            entries.add(new TopicPolicy(TopicFilter.parse(policy.filter()), partitions, isHeld));
        }
        final TopicPolicies policies = new TopicPolicies(entries);
        if (policyTables.onPolicies(shardId, version, changedPosition, journalPosition, policies)) {
            topics.onPoliciesChanged(policies);
            listener.onPoliciesChanged(policyTables);
        }
        return new TopicPoliciesState(shardId, version, policies);
    }
}
