package io.lockstep.client;

import io.lockstep.client.internal.ClientTransport;
import io.lockstep.client.internal.RecordHubs;
import io.lockstep.client.internal.RecordReader;
import io.lockstep.client.internal.ShardCall;
import io.lockstep.client.internal.ShardCalls;
import io.lockstep.client.internal.ShardConnection;
import io.lockstep.client.internal.ShardListener;
import io.lockstep.codecs.BooleanType;
import io.lockstep.codecs.CommandReplyDecoder;
import io.lockstep.codecs.MessageHeaderDecoder;
import io.lockstep.codecs.ProducerOpenedDecoder;
import io.lockstep.codecs.PublishReplyDecoder;
import io.lockstep.codecs.ResultCode;
import io.lockstep.codecs.ShardDescriptionDecoder;
import io.lockstep.codecs.SlotTableDescriptionDecoder;
import io.lockstep.codecs.TopicsPageDecoder;
import io.lockstep.config.EngineSetting;
import io.lockstep.topic.SlotTable;
import io.lockstep.topic.TopicFilter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import org.agrona.CloseHelper;
import org.agrona.DirectBuffer;
import org.agrona.ErrorHandler;
import org.agrona.concurrent.IdleStrategy;

/**
 * A program's connection with a Lockstep cluster: publishers, subscribers, and what the shards say of themselves. One
 * thread owns a client and everything it made, and must call {@link #doWork()} (or a {@link Subscriber#poll}, which does
 * the same, as does an {@code offer} that is refused) at least a few times per second, so that sessions stay alive and
 * answers arrive; and after offering, because what is offered while an answer is awaited is sent with the next such call.
 *
 * <pre>{@code
 * try (LockstepClient client = LockstepClient.connect("localhost:20000,localhost:20100,localhost:20200")) {
 *     Publisher publisher = client.addPublisher(new PublisherConfig(), listener);
 *     while (!Publisher.isTaken(publisher.offer("plant/7/temp", buffer, 0, length))) {
 *         client.doWork();
 *     }
 *     publisher.drain(TimeUnit.SECONDS.toNanos(30));
 * }
 * }</pre>
 */
public final class LockstepClient implements AutoCloseable {
    private static final Publisher[] NO_PUBLISHERS = new Publisher[0];
    private static final Subscriber[] NO_SUBSCRIBERS = new Subscriber[0];

    private final ClientConfig config;
    private final ErrorHandler errorHandler;
    private final ClientTransport transport;
    private final String clientHost;
    private final RecordHubs hubs;
    private final IdleStrategy idleStrategy = SharedCoreIdling.newIdleStrategy();
    private final ShardListener shardListener = new Answers();

    private ShardConnection[] connections;
    private ShardState[] shardStates = new ShardState[1];
    private TopicCache topics;
    private SlotTables slotTables;
    private SlotTableAsker slotTableAsker;
    private PendingCommand pendingCommand;
    private TopicLister topicLister;
    private SettingsExchange settingsExchange;
    private Publisher[] publishers = NO_PUBLISHERS;
    private Subscriber[] subscribers = NO_SUBSCRIBERS;
    private final ShardCalls calls = new ShardCalls();
    private final List<ClientDuty> duties = new ArrayList<>();
    private final Set<String> groupNames = new HashSet<>();
    private MemberDuty memberDuty;
    private ConsumerWatch consumerWatch;
    private boolean isWorking;
    private boolean isClosed;

    private LockstepClient(final ClientConfig config) {
        this.config = config;
        this.errorHandler = config.errorHandler();
        this.transport = ClientTransport.launch(config, errorHandler);
        this.clientHost = ClientTransport.clientHost(config);
        this.hubs = new RecordHubs(
                transport.aeron(), config.nodes(), config.recordWindowLength(), config.maxCatchUpReaders());
        this.connections = new ShardConnection[] {newConnection(0)};
    }

    /**
     * Connects with all defaults.
     *
     * @param nodes {@code host:basePort,host:basePort,…} in the order of their ids from 0.
     * @return the client.
     * @throws LockstepException where shard 0 did not answer in time.
     */
    public static LockstepClient connect(final String nodes) {
        return connect(new ClientConfig().nodes(nodes));
    }

    /**
     * Connects. Waits until shard 0 told the number of shards; the others connect while the client works.
     *
     * @param config is copied.
     * @return the client.
     * @throws LockstepException where shard 0 did not answer in time.
     */
    public static LockstepClient connect(final ClientConfig config) {
        final ClientConfig copy = config.copy();
        if (copy.nodes().isEmpty()) {
            throw new IllegalArgumentException("a client needs at least one node to connect to");
        }
        final LockstepClient client = new LockstepClient(copy);
        try {
            client.awaitFirstShard();
            return client;
        } catch (final RuntimeException ex) {
            client.close();
            throw ex;
        }
    }

    /**
     * Makes a publisher.
     *
     * @param publisherConfig is copied.
     * @param listener        is told the outcome of each message.
     * @return the publisher, owned by the client.
     */
    public Publisher addPublisher(final PublisherConfig publisherConfig, final PublishListener listener) {
        checkOpen();
        final PublisherConfig copy = publisherConfig.copy();
        final long producerId = copy.producerId() == PublisherConfig.ANONYMOUS
                ? ThreadLocalRandom.current().nextLong(Long.MIN_VALUE + 1, Long.MAX_VALUE)
                : copy.producerId();
        for (final Publisher other : publishers) {
            if (other.producerId() == producerId) {
                throw new IllegalArgumentException("this client has an open publisher for producer " + producerId);
            }
        }
        final Publisher publisher = new Publisher(this, copy, producerId, topics, connections, listener);
        publishers = Arrays.copyOf(publishers, publishers.length + 1);
        publishers[publishers.length - 1] = publisher;
        return publisher;
    }

    /**
     * Makes a subscriber.
     *
     * @param subscriberConfig is copied.
     * @param handler          for {@link Subscriber#poll}.
     * @return the subscriber, owned by the client.
     */
    public Subscriber addSubscriber(final SubscriberConfig subscriberConfig, final MessageHandler handler) {
        checkOpen();
        final SubscriberConfig copy = subscriberConfig.copy();
        if (copy.filters().isEmpty()) {
            throw new IllegalArgumentException("a subscriber needs at least one topic filter");
        }
        if (copy.onlyShard() >= shardCount()) {
            throw new IllegalArgumentException(
                    "the cluster has shards 0 to " + (shardCount() - 1) + ", but not " + copy.onlyShard());
        }
        final Subscriber subscriber = new Subscriber(this, copy, shardCount(), Objects.requireNonNull(handler));
        subscribers = Arrays.copyOf(subscribers, subscribers.length + 1);
        subscribers[subscribers.length - 1] = subscriber;
        return subscriber;
    }

    /**
     * Joins a group as a member, in all shards. The client keeps the member's lease alive.
     *
     * @param groupConfig is copied.
     * @param handler     for {@link GroupMember#poll}.
     * @return the member, owned by the client.
     * @throws IllegalArgumentException where name or filter are missing, or this client is in the group already.
     */
    public GroupMember addGroupMember(final GroupConfig groupConfig, final GroupHandler handler) {
        checkOpen();
        final GroupConfig copy = groupConfig.copy();
        copy.validate();
        if (!groupNames.add(copy.name())) {
            throw new IllegalArgumentException("this client is a member of the group '" + copy.name()
                    + "' already; another member needs another client");
        }
        return new GroupMember(this, memberDuty(), copy, Objects.requireNonNull(handler, "handler"));
    }

    /**
     * Opens a durable consumer, or joins it where it exists. It is in the shards that can hold topics of its filters.
     *
     * @param consumerConfig is copied.
     * @param handler        for {@link Consumer#poll}.
     * @return the consumer, owned by the client.
     */
    public Consumer addConsumer(final ConsumerConfig consumerConfig, final MessageHandler handler) {
        checkOpen();
        final ConsumerConfig copy = consumerConfig.copy();
        if (copy.name() == null || copy.filters().isEmpty()) {
            throw new IllegalArgumentException("a consumer needs a name and at least one topic filter");
        }
        if (copy.onlyShard() >= shardCount()) {
            throw new IllegalArgumentException(
                    "the cluster has shards 0 to " + (shardCount() - 1) + ", but not " + copy.onlyShard());
        }
        final Consumer consumer = new Consumer(this, copy, handler);
        add(consumer.duty());
        return consumer;
    }

    /**
     * The durable consumers of the cluster, to look at and change from outside.
     *
     * @return an object that belongs to the thread that owns the client.
     */
    public Consumers consumers() {
        checkOpen();
        return new Consumers(this);
    }

    /**
     * Drives connections, answers and resends. Does not block. Does nothing where it is called from a listener or handler.
     *
     * @return a measure of the work that was done; 0 where the caller may idle.
     */
    public int doWork() {
        if (isWorking || isClosed) {
            return 0;
        }
        if (transport.aeron().isClosed()) {
            throw new LockstepException("the media driver is gone; close this client and connect again");
        }
        isWorking = true;
        try {
            final long nowNs = nowNs();
            int workCount = 0;
            // First: a media driver that this client drives itself then sends in the same turn.
            for (final Publisher publisher : publishers) {
                workCount += publisher.flush(nowNs);
            }
            workCount += transport.doWork();
            for (final ShardConnection connection : connections) {
                workCount += connection.doWork(nowNs);
            }
            if (slotTableAsker != null) {
                workCount += slotTableAsker.doWork(connections, nowNs);
            }
            for (final Publisher publisher : publishers) {
                workCount += publisher.doWork(nowNs);
            }
            workCount += calls.doWork(nowNs);
            // By index: a duty may add or end others.
            for (int i = 0; i < duties.size(); i++) {
                workCount += duties.get(i).doWork(nowNs);
            }
            return workCount;
        } finally {
            isWorking = false;
        }
    }

    /**
     * Number of shards of the cluster.
     *
     * @return at least 1.
     */
    public int shardCount() {
        return connections.length;
    }

    /**
     * Whether the client has a session with every shard's leader.
     *
     * @return true if so.
     */
    public boolean isConnected() {
        for (final ShardConnection connection : connections) {
            if (!connection.isConnected()) {
                return false;
            }
        }
        return true;
    }

    /**
     * Whether the client has a session with a shard's leader.
     *
     * @param shardId of the shard.
     * @return true if so.
     */
    public boolean isConnected(final int shardId) {
        return connections[shardId].isConnected();
    }

    /**
     * The node that leads a shard, as far as the client heard.
     *
     * @param shardId of the shard.
     * @return its id, or -1 where it is not known.
     */
    public int leaderNodeId(final int shardId) {
        return connections[shardId].leaderNodeId();
    }

    /**
     * The last description that came from a shard, at most about a second old while the client is connected.
     *
     * @param shardId of the shard.
     * @return the description, or null where none came yet.
     */
    public ShardState shardState(final int shardId) {
        return shardStates[shardId];
    }

    /**
     * The shard in which a topic lives, by the slot tables that the shards told.
     *
     * @param topic name of the topic.
     * @return the shard's id.
     * @throws IllegalArgumentException where the topic is no name of a user's topic.
     */
    public int shardOf(final String topic) {
        final TopicCache.Entry entry = topics.find(topic);
        if (entry == null) {
            throw new IllegalArgumentException("'" + topic
                    + "' is no topic name: 1 to 1024 bytes of UTF-8 without '+' and '#', not beginning with '$'");
        }
        return entry.shardId();
    }

    /**
     * Asks all shards for their topics and waits for the answers. Not to be called from a listener or handler.
     *
     * @param filter    topic filter; {@code #} for all.
     * @param timeoutNs greatest time to wait.
     * @return the topics, by shard and in the order in which they were created.
     * @throws LockstepException where a shard did not answer in time.
     */
    public List<TopicState> listTopics(final String filter, final long timeoutNs) {
        checkOpen();
        topicLister = new TopicLister(TopicFilter.parse(filter), connections, nowNs());
        final long deadlineNs = nowNs() + timeoutNs;
        while (!topicLister.isComplete()) {
            topicLister.ask(nowNs());
            workOrIdle();
            if (nowNs() - deadlineNs >= 0) {
                throw new LockstepException("shard " + topicLister.missingShardId()
                        + " did not list its topics in time; 'lockstep status' shows whether it has a leader");
            }
        }
        return topicLister.topics();
    }

    /**
     * Asks all shards for their slot tables and waits for the answers. Not to be called from a listener or handler.
     *
     * @param timeoutNs greatest time to wait.
     * @return the tables, in the order of the shards.
     * @throws LockstepException where a shard did not answer in time, or does not know the question.
     */
    public List<SlotTableState> slotTables(final long timeoutNs) {
        checkOpen();
        final long deadlineNs = nowNs() + timeoutNs;
        slotTableAsker.beginAll(nowNs());
        while (slotTableAsker.missingShardId() >= 0) {
            workOrIdle();
            if (nowNs() - deadlineNs >= 0) {
                throw new LockstepException("shard " + slotTableAsker.missingShardId()
                        + " did not tell its slot table in time; 'lockstep status' shows whether it has a leader");
            }
        }
        final List<SlotTableState> states = slotTableAsker.answers();
        for (int shardId = 0; shardId < states.size(); shardId++) {
            if (states.get(shardId) == null) {
                throw new LockstepException(
                        "shard " + shardId + " has no slot table to tell: it is not seeded, or its node is older");
            }
        }
        return List.copyOf(states);
    }

    /**
     * Asks a shard to replace its slot table and waits for the answer. Not to be called from a listener or handler.
     *
     * @param shardId     of the shard.
     * @param version     of the table, above that of the shard.
     * @param table       which shard a topic belongs to.
     * @param isCheckOnly whether the shard only says whether it would.
     * @param timeoutNs   greatest time to wait.
     * @return what it answered.
     * @throws LockstepException where the shard did not answer in time; it may have taken the table then.
     */
    public CommandAnswer applySlotTable(
            final int shardId,
            final long version,
            final SlotTable table,
            final boolean isCheckOnly,
            final long timeoutNs) {
        checkOpen();
        pendingCommand = PendingCommand.ofSlotTable(connections[shardId], shardId, version, table, isCheckOnly);
        final long deadlineNs = nowNs() + timeoutNs;
        while (pendingCommand.answer() == null) {
            pendingCommand.send(nowNs());
            workOrIdle();
            if (nowNs() - deadlineNs >= 0) {
                throw new LockstepException("shard " + shardId + " did not answer in time and may have taken the slot"
                        + " table or not; 'lockstep status' shows whether it has a leader");
            }
        }
        return pendingCommand.answer();
    }

    /**
     * The replicated settings of all shards. Waits for the answers. They are the same in all shards, unless a change
     * reached only some of them.
     *
     * @param timeoutNs how long to wait.
     * @return by shard; what a newer cluster has beyond what this release knows is missing.
     * @throws LockstepException where a shard did not answer in time.
     */
    public List<Map<EngineSetting, Long>> settings(final long timeoutNs) {
        return exchangeSettings(null, 0, timeoutNs, "tell its settings").settingsByShard();
    }

    /**
     * Changes a replicated setting in all shards. Waits for the answers. Where it throws, some shards may have the new
     * value; calling again is harmless.
     *
     * @param setting   to change.
     * @param value     in its unit.
     * @param timeoutNs how long to wait.
     * @throws LockstepException where a shard refused it or did not answer in time.
     */
    public void changeSetting(final EngineSetting setting, final long value, final long timeoutNs) {
        if (!setting.isInRange(value)) {
            throw new IllegalArgumentException(
                    setting.key() + " takes " + setting.lowest() + " to " + setting.highest() + ", but it is " + value);
        }
        exchangeSettings(setting, value, timeoutNs, "take the change, which other shards may have taken; repeat it")
                .throwWhereRefused();
    }

    private SettingsExchange exchangeSettings(
            final EngineSetting change, final long value, final long timeoutNs, final String what) {
        checkOpen();
        settingsExchange = new SettingsExchange(change, value, connections, nowNs());
        final long deadlineNs = nowNs() + timeoutNs;
        while (settingsExchange.missingShardId() >= 0) {
            settingsExchange.send(nowNs());
            workOrIdle();
            if (nowNs() - deadlineNs >= 0) {
                throw new LockstepException("shard " + settingsExchange.missingShardId() + " did not, in time, " + what
                        + "; 'lockstep status' shows whether it has a leader");
            }
        }
        return settingsExchange;
    }

    /**
     * Asks for the publisher lease of a topic, and keeps it from when it is given on, see {@link Lease}.
     *
     * @param topic      name of the topic; it is guarded from the first lease on.
     * @param durationNs how long the lease is held when it is not renewed, 1 s to 1 h.
     * @param listener   is told when the lease is held and when not.
     * @return the lease, owned by the client.
     */
    public Lease addLease(final String topic, final long durationNs, final LeaseListener listener) {
        final Lease lease = new Lease(this, topic, durationNs, listener);
        add(lease);
        return lease;
    }

    /**
     * Takes or renews the publisher lease of a topic once, and waits for the answer; nobody renews it then. Not to be
     * called from a listener or handler.
     *
     * @param topic      name of the topic.
     * @param holderId   who asks, any value but {@link Long#MIN_VALUE}: a holder that asks again renews its lease.
     * @param durationNs how long the lease is held, 1 s to 1 h.
     * @param timeoutNs  greatest time to wait.
     * @return what the shard answered.
     * @throws LockstepException where it did not answer in time.
     */
    public LeaseGrant acquireLease(
            final String topic, final long holderId, final long durationNs, final long timeoutNs) {
        checkOpen();
        return LeaseExchange.acquireAndWait(this, topic, holderId, durationNs, timeoutNs);
    }

    /**
     * Ends a publisher lease that is held, and waits for the answer; the topic stays guarded. Not to be called from a
     * listener or handler.
     *
     * @param topic     name of the topic.
     * @param token     of the lease.
     * @param timeoutNs greatest time to wait.
     * @return what the shard answered.
     * @throws LockstepException where it did not answer in time.
     */
    public LeaseGrant releaseLease(final String topic, final long token, final long timeoutNs) {
        checkOpen();
        return LeaseExchange.releaseAndWait(this, topic, token, timeoutNs);
    }

    /**
     * Guards a topic no longer: ends its publisher lease, whoever holds it, and lets everybody publish. Waits for the
     * answer. Not to be called from a listener or handler.
     *
     * @param topic     name of the topic.
     * @param timeoutNs greatest time to wait.
     * @return what the shard answered, with the last token.
     * @throws LockstepException where it did not answer in time.
     */
    public LeaseGrant dropLease(final String topic, final long timeoutNs) {
        checkOpen();
        return LeaseExchange.dropAndWait(this, topic, timeoutNs);
    }

    /**
     * The topics that publisher leases guard, of all shards. Waits for the answers. Not to be called from a listener or
     * handler.
     *
     * @param filter    topic filter; {@code #} for all.
     * @param timeoutNs greatest time to wait.
     * @return by shard, in the order in which the topics were created.
     * @throws LockstepException where a shard did not answer in time.
     */
    public List<LeaseState> leases(final String filter, final long timeoutNs) {
        checkOpen();
        return LeaseExchange.listAndWait(this, TopicFilter.parse(filter).toString(), timeoutNs);
    }

    /** Closes publishers, subscribers and sessions, and stops the embedded driver. Closing twice is harmless. */
    @Override
    public void close() {
        if (!isClosed) {
            try {
                // All of them, whatever a listener throws: each message must get its fate.
                CloseHelper.closeAll(publishers);
            } finally {
                // Also where a listener throws at the news that its messages are unknown.
                // The last first: what was made later may need what was made before.
                final List<ClientDuty> ending = new ArrayList<>(duties);
                Collections.reverse(ending);
                CloseHelper.closeAll(errorHandler, ending);
                CloseHelper.closeAll(errorHandler, subscribers);
                isClosed = true;
                CloseHelper.closeAll(errorHandler, connections);
                CloseHelper.close(errorHandler, transport);
            }
        }
    }

    long nowNs() {
        return System.nanoTime();
    }

    /** Begins a call; it is sent in the turns of the client until it ends. */
    void begin(final ShardCall call) {
        calls.begin(call);
    }

    /** Drives something in each turn from now on. */
    void add(final ClientDuty duty) {
        checkOpen();
        duties.add(duty);
    }

    void remove(final ClientDuty duty) {
        duties.remove(duty);
    }

    /** What makes this client a member of shards; one for all its consumers and groups. */
    MemberDuty memberDuty() {
        if (memberDuty == null) {
            memberDuty = new MemberDuty(this);
            add(memberDuty);
        }
        return memberDuty;
    }

    void removeGroup(final String name) {
        groupNames.remove(name);
    }

    /** What tells the consumers of this client who owns them. */
    ConsumerWatch consumerWatch() {
        if (consumerWatch == null) {
            consumerWatch = new ConsumerWatch(this);
            add(consumerWatch);
        }
        return consumerWatch;
    }

    /**
     * Drives the client until calls ended or the time is over; not where a handler or listener is being called. False where
     * one did not end.
     */
    boolean awaitEnds(final List<ShardCall> awaited, final long timeoutNs) {
        final long deadlineNs = nowNs() + timeoutNs;
        while (!isWorking
                && !isClosed
                && !transport.aeron().isClosed()
                && nowNs() - deadlineNs < 0
                && !awaited.stream().allMatch(ShardCall::isEnded)) {
            workOrIdle();
        }
        return awaited.stream().allMatch(ShardCall::isEnded);
    }

    ShardConnection connection(final int shardId) {
        return connections[shardId];
    }

    SlotTables slotTables() {
        return slotTables;
    }

    void askSlotTable(final int shardId) {
        slotTableAsker.begin(shardId, nowNs());
    }

    boolean isAskingSlotTable(final int shardId) {
        return slotTableAsker.isAsking(shardId);
    }

    void workOrIdle() {
        final int workCount = doWork();
        idleStrategy.idle(workCount);
    }

    /** Keeps sessions from being driven inside a handler of a reader; false where that is so already. */
    boolean beginPoll() {
        if (isWorking || isClosed) {
            return false;
        }
        isWorking = true;
        return true;
    }

    void endPoll() {
        isWorking = false;
    }

    void remove(final Publisher publisher) {
        publishers = Arrays.stream(publishers)
                .filter(other -> !Objects.equals(other, publisher))
                .toArray(Publisher[]::new);
    }

    void remove(final Subscriber subscriber) {
        subscribers = Arrays.stream(subscribers)
                .filter(other -> !Objects.equals(other, subscriber))
                .toArray(Subscriber[]::new);
    }

    RecordReader newReader(final int shardId, final SubscriberConfig subscriberConfig, final SubscriberListener told) {
        return hubs.open(
                shardId,
                subscriberConfig.preferredNode(),
                subscriberConfig.silenceTimeoutNs(),
                subscriberConfig.startOf(shardId),
                told);
    }

    private ShardConnection newConnection(final int shardId) {
        return new ShardConnection(shardId, config, clientHost, transport, errorHandler, shardListener, nowNs());
    }

    private void awaitFirstShard() {
        final long deadlineNs = nowNs() + config.connectTimeoutNs();
        while (shardStates[0] == null || !shardStates[0].isSeeded()) {
            if (nowNs() - deadlineNs >= 0) {
                throw new LockstepException("no leader of shard 0 answered within "
                        + config.connectTimeoutNs() / 1_000_000 + " ms at " + nodesText()
                        + "; check that the nodes run ('lockstep status') and that the addresses are right. Last error: "
                        + connections[0].lastError());
            }
            workOrIdle();
        }
        final ShardState first = shardStates[0];
        final ShardConnection[] all = new ShardConnection[first.shardCount()];
        all[0] = connections[0];
        for (int i = 1; i < all.length; i++) {
            all[i] = newConnection(i);
        }
        shardStates = Arrays.copyOf(shardStates, all.length);
        connections = all;
        slotTables = new SlotTables(all.length);
        topics = new TopicCache(slotTables);
        slotTableAsker = new SlotTableAsker(all.length);
        slotTableAsker.begin(0, nowNs());
        while (slotTableAsker.isAsking(0) && nowNs() - deadlineNs < 0) {
            workOrIdle();
        }
    }

    private String nodesText() {
        final StringBuilder text = new StringBuilder();
        config.nodes()
                .forEach(node -> text.append(text.length() == 0 ? "" : ",").append(node.endpoint(node.basePort())));
        return text.toString();
    }

    private void checkOpen() {
        if (isClosed) {
            throw new IllegalStateException("the client is closed");
        }
    }

    private Publisher publisherOf(final long producerId) {
        for (final Publisher publisher : publishers) {
            if (publisher.producerId() == producerId) {
                return publisher;
            }
        }
        return null;
    }

    /** Hands answers of shards to those who wait for them. */
    private final class Answers implements ShardListener {
        @Override
        public void onSessionRestored(final int shardId) {
            if (slotTableAsker != null) {
                slotTableAsker.onSessionRestored(shardId, nowNs());
            }
            for (final Publisher publisher : publishers) {
                publisher.onSessionRestored(shardId, nowNs());
            }
            calls.onSessionRestored(shardId);
            for (int i = 0; i < duties.size(); i++) {
                duties.get(i).onSessionRestored(shardId);
            }
        }

        @Override
        public void onProducerOpened(final int shardId, final ProducerOpenedDecoder reply) {
            final Publisher publisher = publisherOf(reply.producerId());
            if (publisher != null) {
                publisher.onProducerOpened(shardId, reply);
            }
        }

        @Override
        public void onPublishReply(final int shardId, final PublishReplyDecoder reply) {
            final Publisher publisher = publisherOf(reply.producerId());
            if (publisher != null) {
                publisher.onPublishReply(shardId, reply, nowNs());
            }
        }

        @Override
        public void onCommandReply(final int shardId, final CommandReplyDecoder reply) {
            if (slotTableAsker != null && reply.codeRaw() == ResultCode.UNSUPPORTED.value()) {
                slotTableAsker.onRefused(shardId, reply.correlationId());
            }
            // The closing of a producer is answered so too, and nobody waits for that.
            if (pendingCommand != null) {
                pendingCommand.onReply(shardId, reply);
            }
            if (settingsExchange != null) {
                settingsExchange.onCommandReply(shardId, reply);
            }
            calls.onReply(
                    shardId,
                    CommandReplyDecoder.TEMPLATE_ID,
                    reply.buffer(),
                    reply.offset() - MessageHeaderDecoder.ENCODED_LENGTH,
                    MessageHeaderDecoder.ENCODED_LENGTH + CommandReplyDecoder.BLOCK_LENGTH);
        }

        @Override
        public void onReply(
                final int shardId,
                final int templateId,
                final DirectBuffer buffer,
                final int offset,
                final int length) {
            calls.onReply(shardId, templateId, buffer, offset, length);
        }

        @Override
        public void onTopicsPage(final int shardId, final TopicsPageDecoder reply) {
            if (topicLister != null) {
                topicLister.onPage(shardId, reply);
            }
        }

        @Override
        public void onSlotTable(final int shardId, final SlotTableDescriptionDecoder reply) {
            LockstepClient.this.onSlotTable(shardId, reply);
        }

        @Override
        public void onShardDescription(final int shardId, final ShardDescriptionDecoder reply) {
            final ShardState state = stateOf(shardId, connections[shardId].leaderNodeId(), reply);
            shardStates[shardId] = state;
            if (slotTables != null && state.isSeeded()) {
                final long version = reply.slotTableVersion();
                slotTables.onDescribed(shardId, version, state.journalPosition());
                if (version != slotTables.version(shardId)) {
                    slotTableAsker.begin(shardId, nowNs());
                }
            }
            if (settingsExchange != null) {
                settingsExchange.onShardDescription(shardId, reply);
            }
            for (final Publisher publisher : publishers) {
                publisher.onShardDescription(shardId, state);
            }
            for (final Subscriber subscriber : subscribers) {
                subscriber.hint(shardId, state.journalPosition());
            }
            for (int i = 0; i < duties.size(); i++) {
                duties.get(i).onJournalPosition(shardId, state.journalPosition());
            }
        }
    }

    private void onSlotTable(final int shardId, final SlotTableDescriptionDecoder reply) {
        final long changedPosition = reply.changedPosition();
        final long journalPosition = reply.journalPosition();
        final SlotTableState state = slotTableAsker == null ? null : slotTableAsker.onAnswer(shardId, reply);
        if (state != null
                && slotTables.onTable(shardId, state.version(), changedPosition, journalPosition, state.table())) {
            topics.onTablesChanged();
            for (final Subscriber subscriber : subscribers) {
                subscriber.onSlotTablesChanged(slotTables);
            }
        }
    }

    private static ShardState stateOf(final int shardId, final int leaderNodeId, final ShardDescriptionDecoder reply) {
        long maxBatchLength = EngineSetting.MAX_BATCH_LENGTH.defaultValue();
        long maxPayloadLength = EngineSetting.MAX_PAYLOAD_LENGTH.defaultValue();
        long maxHeadersLength = EngineSetting.MAX_HEADERS_LENGTH.defaultValue();
        final ShardDescriptionDecoder.SettingsDecoder settings = reply.settings();
        while (settings.hasNext()) {
            settings.next();
            final int id = settings.settingId();
            final long value = settings.settingValue();
            if (id == EngineSetting.MAX_BATCH_LENGTH.id()) {
                maxBatchLength = value;
            } else if (id == EngineSetting.MAX_PAYLOAD_LENGTH.id()) {
                maxPayloadLength = value;
            } else if (id == EngineSetting.MAX_HEADERS_LENGTH.id()) {
                maxHeadersLength = value;
            }
        }
        reply.sbeRewind();
        return new ShardState(
                shardId,
                reply.shardCount(),
                leaderNodeId,
                reply.journalPosition(),
                reply.firstReadablePosition(),
                reply.shardSequence(),
                reply.messageCount(),
                reply.timestampNs(),
                reply.rollingHash(),
                reply.checkpointPosition(),
                reply.checkpointHash(),
                reply.topicCount(),
                reply.producerCount(),
                (int) maxBatchLength,
                (int) maxPayloadLength,
                (int) maxHeadersLength,
                reply.isSeeded() == BooleanType.TRUE,
                reply.isReadOnly() == BooleanType.TRUE);
    }
}
