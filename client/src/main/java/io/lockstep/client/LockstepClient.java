package io.lockstep.client;

import io.lockstep.client.internal.ClientTransport;
import io.lockstep.client.internal.RecordHubs;
import io.lockstep.client.internal.RecordReader;
import io.lockstep.client.internal.ShardCall;
import io.lockstep.client.internal.ShardCalls;
import io.lockstep.client.internal.ShardConnection;
import io.lockstep.client.internal.ShardListener;
import io.lockstep.codecs.BooleanType;
import io.lockstep.codecs.CancelScheduledEncoder;
import io.lockstep.codecs.CommandReplyDecoder;
import io.lockstep.codecs.MessageHeaderDecoder;
import io.lockstep.codecs.MessageHeaderEncoder;
import io.lockstep.codecs.ProducerOpenedDecoder;
import io.lockstep.codecs.PublishReplyDecoder;
import io.lockstep.codecs.ResultCode;
import io.lockstep.codecs.ShardDescriptionDecoder;
import io.lockstep.codecs.SlotTableDescriptionDecoder;
import io.lockstep.codecs.TopicsPageDecoder;
import io.lockstep.config.EngineSetting;
import io.lockstep.topic.SlotTable;
import io.lockstep.topic.TopicFilter;
import io.lockstep.topic.TopicPolicies;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.agrona.CloseHelper;
import org.agrona.DirectBuffer;
import org.agrona.ErrorHandler;
import org.agrona.concurrent.IdleStrategy;
import org.agrona.concurrent.UnsafeBuffer;

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

    private static final long COUNTERS_INTERVAL_NS = TimeUnit.MILLISECONDS.toNanos(100);

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
    private PolicyTables policyTables;
    private PolicyAsker policyAsker;
    private PendingCommand pendingCommand;
    private TopicLister topicLister;
    private SettingsExchange settingsExchange;
    private Publisher[] publishers = NO_PUBLISHERS;
    private Subscriber[] subscribers = NO_SUBSCRIBERS;
    private final ShardCalls calls = new ShardCalls();
    private final ClientCounters counters = new ClientCounters();
    private long countersNs;
    private final ClusterClock clusterClock = new ClusterClock();
    private final List<ClientDuty> duties = new ArrayList<>();
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
        if (copy.hasLastValues() && copy.isStartGiven()) {
            throw new IllegalArgumentException(
                    "a subscriber that begins with last values goes on where they end, and takes no other start");
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
     * Joins a group as a member, in all shards. The client keeps the member's lease alive. Several members of one group in
     * one client share its reader.
     *
     * @param groupConfig is copied.
     * @param handler     for {@link GroupMember#poll}.
     * @return the member, owned by the client.
     * @throws IllegalArgumentException where name or filter are missing.
     */
    public GroupMember addGroupMember(final GroupConfig groupConfig, final GroupHandler handler) {
        checkOpen();
        final GroupConfig copy = groupConfig.copy();
        copy.validate();
        Objects.requireNonNull(handler, "handler");
        // An identity of its own for each, and never one again that was in the group: the journal still tells what that had.
        final MemberDuty own = new MemberDuty(this);
        add(own);
        return new GroupMember(this, own, copy, handler);
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
     * Opens a durable consumer of a topic that has partitions, or joins it where it exists. Not to be called from a listener
     * or handler.
     *
     * @param consumerConfig is copied; its only filter is the name of the topic, and it has no lane.
     * @param listener       is told which partitions this member owns.
     * @param handler        for {@link PartitionedConsumer#poll}.
     * @return the consumer, owned by the client.
     * @throws LockstepException where the topic has no partitions.
     */
    public PartitionedConsumer addPartitionedConsumer(
            final ConsumerConfig consumerConfig, final PartitionListener listener, final MessageHandler handler) {
        checkOpen();
        return PartitionedConsumer.open(
                this, consumerConfig.copy(), Objects.requireNonNull(listener, "listener"), handler);
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
     * Makes a publisher that waits for the fate of each message.
     *
     * @param publisherConfig is copied.
     * @return the publisher, owned by the client.
     */
    public BlockingPublisher addBlockingPublisher(final PublisherConfig publisherConfig) {
        return new BlockingPublisher(this, publisherConfig);
    }

    /**
     * Makes a subscriber from which messages are taken one at a time.
     *
     * @param subscriberConfig is copied.
     * @return the subscriber, owned by the client.
     */
    public BlockingSubscriber addBlockingSubscriber(final SubscriberConfig subscriberConfig) {
        return new BlockingSubscriber(this, subscriberConfig);
    }

    /**
     * Makes a requester, which publishes requests and gets the replies.
     *
     * @param requesterConfig is copied.
     * @return the requester, owned by the client.
     */
    public Requester addRequester(final RequesterConfig requesterConfig) {
        return new Requester(this, requesterConfig.copy());
    }

    /**
     * Makes a responder, which gets requests and publishes replies.
     *
     * @param subscriberConfig which requests to get; is copied.
     * @param handler          answers them.
     * @return the responder, owned by the client.
     */
    public Responder addResponder(final SubscriberConfig subscriberConfig, final RequestHandler handler) {
        return new Responder(this, subscriberConfig, handler);
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
            if (policyAsker != null) {
                workCount += policyAsker.doWork(nowNs);
            }
            for (final Publisher publisher : publishers) {
                workCount += publisher.doWork(nowNs);
            }
            workCount += calls.doWork(nowNs);
            // By index: a duty may add or end others.
            for (int i = 0; i < duties.size(); i++) {
                workCount += duties.get(i).doWork(nowNs);
            }
            count(nowNs);
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
     * The shard in which a topic lives, or a partition of one, by the slot tables that the shards told.
     *
     * @param topic name of the topic.
     * @return the shard's id.
     * @throws IllegalArgumentException where the topic is no name of a user's topic.
     */
    public int shardOf(final String topic) {
        return entryOf(topic).shardId();
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
     * Asks all shards for the last values of their topics and waits for the answers. Each is the newest at the time when
     * its shard answers; while they change, they need not be of one moment. Not to be called from a listener or handler.
     *
     * @param filter    topic filter; {@code #} for all.
     * @param timeoutNs greatest time to wait.
     * @return the values that are set and have not expired, by shard and in the order in which their topics were created.
     * @throws LockstepException where a shard did not answer in time, or keeps no last values.
     */
    public List<LastValue> lastValues(final String filter, final long timeoutNs) {
        checkOpen();
        final long deadlineNs = nowNs() + timeoutNs;
        try (LastValueLister lister = new LastValueLister(this, TopicFilter.parse(filter), connections.length)) {
            lister.doWork();
            while (lister.missingShardId() >= 0) {
                workOrIdle();
                lister.doWork();
                if (nowNs() - deadlineNs >= 0 && lister.missingShardId() >= 0) {
                    throw new LockstepException("shard " + lister.missingShardId()
                            + " did not list its last values in time; 'lockstep status' shows whether it has a leader");
                }
            }
            return lister.values();
        }
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
     * How many partitions a topic has, by the topic policies that the shards told.
     *
     * @param topic name of the topic.
     * @return 0 where it has none.
     * @throws IllegalArgumentException where the topic is no name of a user's topic.
     */
    public int partitionsOf(final String topic) {
        return entryOf(topic).partitionCount();
    }

    /**
     * The topic policies that the shards told last.
     *
     * @return how many partitions topics have.
     */
    public TopicPolicies topicPolicies() {
        return policyTables.newest();
    }

    /**
     * Asks all shards for their topic policies and waits for the answers. Not to be called from a listener or handler.
     *
     * @param timeoutNs greatest time to wait.
     * @return the policies, in the order of the shards.
     * @throws LockstepException where a shard did not answer in time, or does not know the question.
     */
    public List<TopicPoliciesState> topicPolicies(final long timeoutNs) {
        checkOpen();
        final long deadlineNs = nowNs() + timeoutNs;
        policyAsker.beginAll();
        while (policyAsker.missingShardId() >= 0 && nowNs() - deadlineNs < 0) {
            workOrIdle();
        }
        final int missingShardId = policyAsker.missingShardId();
        if (missingShardId >= 0) {
            throw new LockstepException("shard " + missingShardId
                    + " did not tell its topic policies in time; 'lockstep status' shows whether it has a leader");
        }
        final List<TopicPoliciesState> states = policyAsker.answers();
        for (int shardId = 0; shardId < states.size(); shardId++) {
            if (states.get(shardId) == null) {
                throw new LockstepException("shard " + shardId
                        + " has no topic policies to tell: it did not answer, or its feature level is below 3");
            }
        }
        return List.copyOf(states);
    }

    /**
     * Asks a shard to replace its topic policies and waits for the answer. Not to be called from a listener or handler.
     *
     * @param shardId     of the shard.
     * @param version     of the policies, above that of the shard.
     * @param policies    how many partitions topics have.
     * @param isCheckOnly whether the shard only says whether it would.
     * @param timeoutNs   greatest time to wait.
     * @return what it answered.
     * @throws LockstepException where the shard did not answer in time; it may have taken the policies then.
     */
    public CommandAnswer applyTopicPolicies(
            final int shardId,
            final long version,
            final TopicPolicies policies,
            final boolean isCheckOnly,
            final long timeoutNs) {
        checkOpen();
        final CommandAnswer answer = PolicyCommand.ask(this, shardId, version, policies, isCheckOnly, timeoutNs);
        if (answer == null) {
            throw new LockstepException("shard " + shardId + " did not answer in time and may have taken the topic"
                    + " policies or not; 'lockstep status' shows whether it has a leader");
        }
        return answer;
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

    /**
     * The messages that all shards hold back for later. Waits for the answers. Not to be called from a listener or handler.
     *
     * @param filter    topic filter; {@code #} for all.
     * @param timeoutNs greatest time to wait.
     * @return the messages, by shard and in the order in which they were accepted.
     * @throws LockstepException where a shard did not answer in time, or does not know the question.
     */
    public List<ScheduledMessage> scheduled(final String filter, final long timeoutNs) {
        return askSchedules(TopicFilter.parse(filter).toString(), false, timeoutNs)
                .messages();
    }

    /**
     * How much all shards hold back for later. Waits for the answers. Not to be called from a listener or handler.
     *
     * @param timeoutNs greatest time to wait.
     * @return by shard.
     * @throws LockstepException where a shard did not answer in time, or does not know the question.
     */
    public List<ScheduleState> scheduleStates(final long timeoutNs) {
        return askSchedules("", true, timeoutNs).states();
    }

    /**
     * Cancels a message that is held back and waits for the answer. Not to be called from a listener or handler.
     *
     * @param shardId   that holds it.
     * @param position  the message's id: the position that {@link PublishListener#onAccepted} told.
     * @param timeoutNs greatest time to wait.
     * @return {@link ResultCode#ACCEPTED}: it will not be released; {@link ResultCode#SCHEDULE_UNKNOWN}: it is not held
     *     back, because it was released or cancelled. Where an answer was lost and the command repeated, that may have been
     *     this call.
     * @throws LockstepException where the shard did not answer in time; the message may be cancelled then.
     */
    public CommandAnswer cancelScheduled(final int shardId, final long position, final long timeoutNs) {
        checkOpen();
        final long correlationId = connections[shardId].nextCorrelationId();
        final UnsafeBuffer buffer =
                new UnsafeBuffer(new byte[MessageHeaderEncoder.ENCODED_LENGTH + CancelScheduledEncoder.BLOCK_LENGTH]);
        new CancelScheduledEncoder()
                .wrapAndApplyHeader(buffer, 0, new MessageHeaderEncoder())
                .correlationId(correlationId)
                .schedulePosition(position);
        final CommandCall call = new CommandCall();
        begin(new ShardCall(connections[shardId], correlationId, buffer, buffer.capacity(), nowNs() + timeoutNs, call));
        while (!call.isOver()) {
            workOrIdle();
        }
        if (call.answer() == null) {
            throw new LockstepException(
                    "shard " + shardId + " did not answer in time and may have cancelled the message"
                            + " or not; 'lockstep status' shows whether it has a leader");
        }
        return call.answer();
    }

    /**
     * The cluster time of a shard, as far as this client can tell: that of its last description and what passed since.
     *
     * @param shardId of the shard.
     * @return nanoseconds since 1970-01-01T00:00:00Z, or 0 where the shard did not describe itself yet.
     */
    public long clusterTimeNs(final int shardId) {
        return clusterClock.timeNs(shardId, nowNs());
    }

    private ScheduleLister askSchedules(final String filter, final boolean isOnePageEnough, final long timeoutNs) {
        checkOpen();
        final ScheduleLister lister = new ScheduleLister(this, filter, isOnePageEnough, nowNs() + timeoutNs);
        while (!lister.isEnded()) {
            workOrIdle();
        }
        if (lister.failure() != null) {
            throw new LockstepException(lister.failure());
        }
        return lister;
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

    /**
     * Closes when everything that was published is answered, or time is over. Not to be called from a listener or handler.
     *
     * @param drainTimeoutNs greatest time to wait for answers.
     * @return true where nothing was unanswered.
     */
    public boolean close(final long drainTimeoutNs) {
        if (isClosed) {
            return true;
        }
        boolean isDrained = true;
        try {
            final long deadlineNs = nowNs() + drainTimeoutNs;
            // As an array that may become another one: a publisher that fails takes itself away.
            for (final Publisher publisher : publishers) {
                isDrained &= publisher.drain(Math.max(0, deadlineNs - nowNs()));
            }
        } finally {
            close();
        }
        return isDrained;
    }

    /**
     * Counters of this client.
     *
     * @return for any thread.
     */
    public ClientCounters counters() {
        return counters;
    }

    private void count(final long nowNs) {
        if (nowNs - countersNs > COUNTERS_INTERVAL_NS) {
            countersNs = nowNs;
            counters.set(ClientCounter.CATCH_UP_READERS, hubs.catchUpCount());
            counters.set(ClientCounter.WAITING_READERS, hubs.waitingCount());
            counters.set(ClientCounter.WINDOW_BYTES, hubs.windowBytes());
            counters.set(ClientCounter.OVERRUNS, hubs.overrunCount());
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

    /** What makes this client a member of shards; one for all its consumers. */
    MemberDuty memberDuty() {
        if (memberDuty == null) {
            memberDuty = new MemberDuty(this);
            add(memberDuty);
        }
        return memberDuty;
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

    PolicyTables policyTables() {
        return policyTables;
    }

    void askPolicies(final int shardId) {
        policyAsker.begin(shardId);
    }

    boolean isAskingPolicies(final int shardId) {
        return policyAsker.isAsking(shardId);
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
        policyTables = new PolicyTables(all.length);
        policyAsker = new PolicyAsker(this, all.length, this::onPolicies);
        policyAsker.begin(0);
        while ((slotTableAsker.isAsking(0) || policyAsker.isAsking(0)) && nowNs() - deadlineNs < 0) {
            workOrIdle();
        }
    }

    private TopicCache.Entry entryOf(final String topic) {
        final TopicCache.Entry entry = topics.find(topic);
        if (entry == null) {
            throw new IllegalArgumentException("'" + topic
                    + "' is no topic name: 1 to 1024 bytes of UTF-8 without '+' and '#', not beginning with '$'");
        }
        return entry;
    }

    private void onPolicies(
            final int shardId,
            final long version,
            final long changedPosition,
            final long journalPosition,
            final TopicPolicies policies) {
        if (policyTables.onPolicies(shardId, version, changedPosition, journalPosition, policies)) {
            topics.onPoliciesChanged(policies);
            for (final Subscriber subscriber : subscribers) {
                subscriber.onPoliciesChanged(policyTables);
            }
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
            clusterClock.onDescribed(shardId, state.timestampNs(), nowNs());
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
