package io.lockstep.client;

import io.lockstep.client.internal.AnswerTap;
import io.lockstep.client.internal.ClientTransport;
import io.lockstep.client.internal.ClusterPath;
import io.lockstep.client.internal.DirectPath;
import io.lockstep.client.internal.ReadRequest;
import io.lockstep.client.internal.RecordHubs;
import io.lockstep.client.internal.RecordReader;
import io.lockstep.client.internal.RecordSelection;
import io.lockstep.client.internal.ShardCall;
import io.lockstep.client.internal.ShardCommand;
import io.lockstep.client.internal.ShardConnection;
import io.lockstep.client.link.GatewayPath;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.agrona.CloseHelper;
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
    private static final long COUNTERS_INTERVAL_NS = TimeUnit.MILLISECONDS.toNanos(100);

    private final ErrorHandler errorHandler;
    private final ClientTransport transport;
    private final ClusterPath path;
    private final RecordHubs hubs;
    private final IdleStrategy idleStrategy = SharedCoreIdling.newIdleStrategy();
    private final ClientParts parts = new ClientParts();
    private final Shards shards;
    private final ClientCounters counters = new ClientCounters();
    private MemberDuty memberDuty;
    private ConsumerWatch consumerWatch;
    private Sessions sessions;
    private long countersNs;
    private boolean isWorking;
    private boolean isClosed;

    private LockstepClient(final ClientConfig config) {
        this.errorHandler = config.errorHandler();
        this.transport = ClientTransport.launch(config, errorHandler);
        this.path = pathOf(config, transport);
        this.hubs = new RecordHubs(path, config.recordWindowLength(), config.maxCatchUpReaders());
        this.shards = new Shards(this, config, path, parts);
    }

    /**
     * Connects with all defaults.
     *
     * @param nodes {@code host:basePort,host:basePort,…} in the order of their ids from 0; or {@code gateway:host:port,…}
     *              to reach the cluster through gateways only, see {@link ClientConfig#nodes(String)}.
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
     * @throws LockstepException where shard 0 did not answer in time, or the cluster does not let the client in.
     */
    public static LockstepClient connect(final ClientConfig config) {
        final ClientConfig copy = config.copy();
        if (copy.nodes().isEmpty() && copy.gateways().isEmpty()) {
            throw new IllegalArgumentException("a client needs at least one node or gateway to connect to");
        }
        if (copy.driverSockets() != null
                && (copy.aeronDirectoryName() != null || copy.embeddedDriverMode() != EmbeddedDriverMode.INVOKER)) {
            throw new IllegalArgumentException(
                    "only the sockets of a media driver that the client runs can be watched");
        }
        final LockstepClient client = new LockstepClient(copy);
        try {
            client.shards.awaitFirst();
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
        if (parts.publisherOf(producerId) != null) {
            throw new IllegalArgumentException("this client has an open publisher for producer " + producerId);
        }
        final Publisher publisher =
                new Publisher(this, copy, producerId, routing().topics(), shards.connections(), listener);
        parts.add(publisher);
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
        checkShard(copy.onlyShard());
        final Subscriber subscriber = new Subscriber(this, copy, shardCount(), Objects.requireNonNull(handler));
        parts.add(subscriber);
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
        // An identity of its own for each, and never one again that was in the group: the journal still tells what that
        // had.
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
        checkShard(copy.onlyShard());
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
            // First: a media driver that this client drives itself then sends in the same turn.
            int workCount = parts.flushPublishers(nowNs);
            workCount += transport.doWork();
            workCount += shards.doWork(nowNs);
            workCount += parts.drivePublishers(nowNs);
            workCount += shards.sendCalls(nowNs);
            workCount += parts.driveDuties(nowNs);
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
        return shards.count();
    }

    /**
     * Whether the client has a session with every shard's leader.
     *
     * @return true if so.
     */
    public boolean isConnected() {
        return shards.isConnected();
    }

    /**
     * Whether the client has a session with a shard's leader.
     *
     * @param shardId of the shard.
     * @return true if so.
     */
    public boolean isConnected(final int shardId) {
        return connection(shardId).isConnected();
    }

    /**
     * The node that leads a shard, as far as the client heard.
     *
     * @param shardId of the shard.
     * @return its id, or -1 where it is not known.
     */
    public int leaderNodeId(final int shardId) {
        return connection(shardId).leaderNodeId();
    }

    /**
     * The last description that came from a shard, at most about a second old while the client is connected.
     *
     * @param shardId of the shard.
     * @return the description, or null where none came yet.
     */
    public ShardState shardState(final int shardId) {
        return shards.state(shardId);
    }

    /**
     * The shard in which a topic lives, or a partition of one, by the slot tables that the shards told.
     *
     * @param topic name of the topic.
     * @return the shard's id.
     * @throws IllegalArgumentException where the topic is no name of a user's topic.
     */
    public int shardOf(final String topic) {
        return routing().entryOf(topic).shardId();
    }

    /**
     * How many partitions a topic has, by the topic policies that the shards told.
     *
     * @param topic name of the topic.
     * @return 0 where it has none.
     * @throws IllegalArgumentException where the topic is no name of a user's topic.
     */
    public int partitionsOf(final String topic) {
        return routing().entryOf(topic).partitionCount();
    }

    /**
     * The cluster time of a shard, as far as this client can tell: that of its last description and what passed since.
     *
     * @param shardId of the shard.
     * @return nanoseconds since 1970-01-01T00:00:00Z, or 0 where the shard did not describe itself yet.
     */
    public long clusterTimeNs(final int shardId) {
        return shards.clusterTimeNs(shardId);
    }

    /**
     * The topics of the cluster, to look at.
     *
     * @return an object that belongs to the thread that owns the client.
     */
    public Topics topics() {
        checkOpen();
        return new Topics(this);
    }

    /**
     * The last values of topics, to read once.
     *
     * @return an object that belongs to the thread that owns the client.
     */
    public LastValues lastValues() {
        checkOpen();
        return new LastValues(this);
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
     * The groups of the cluster, to look at and change from outside.
     *
     * @return an object that belongs to the thread that owns the client.
     */
    public Groups groups() {
        checkOpen();
        return new Groups(this);
    }

    /**
     * The publisher leases of the cluster, to look at and change from outside.
     *
     * @return an object that belongs to the thread that owns the client.
     */
    public Leases leases() {
        checkOpen();
        return new Leases(this);
    }

    /**
     * The messages that the cluster holds back for later, to look at and to cancel.
     *
     * @return an object that belongs to the thread that owns the client.
     */
    public Schedules schedules() {
        checkOpen();
        return new Schedules(this);
    }

    /**
     * Which shards topics belong to, to look at and change.
     *
     * @return an object that belongs to the thread that owns the client.
     */
    public Routes routes() {
        checkOpen();
        return new Routes(this);
    }

    /**
     * How many partitions topics have, to look at and change.
     *
     * @return an object that belongs to the thread that owns the client.
     */
    public Policies policies() {
        checkOpen();
        return new Policies(this);
    }

    /**
     * Who may do what.
     *
     * @return an object that belongs to the thread that owns the client.
     */
    public Access access() {
        checkOpen();
        return new Access(this);
    }

    /**
     * The sessions of clients behind this one where it is a gateway, and those of the whole cluster to look at and delete.
     *
     * @return always the same object; it belongs to the thread that owns the client.
     */
    public Sessions sessions() {
        checkOpen();
        if (sessions == null) {
            sessions = new Sessions(this);
        }
        return sessions;
    }

    /**
     * The replicated settings and the feature level of the cluster, to look at and change.
     *
     * @return an object that belongs to the thread that owns the client.
     */
    public Settings settings() {
        checkOpen();
        return new Settings(this);
    }

    /**
     * What passes commands of others to the cluster, for gateways.
     *
     * @param tap sees all answers first.
     * @return an object that belongs to the thread that owns the client.
     */
    public ClusterRelay relay(final AnswerTap tap) {
        checkOpen();
        return new ClusterRelay(shards, hubs, tap);
    }

    /** Closes publishers, subscribers and sessions, and stops the embedded driver. Closing twice is harmless. */
    @Override
    public void close() {
        if (!isClosed) {
            try {
                parts.closePublishers();
            } finally {
                // Also where a listener throws at the news that its messages are unknown.
                parts.closeOthers(errorHandler);
                isClosed = true;
                shards.close();
                CloseHelper.close(errorHandler, path);
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
        try {
            return parts.drainPublishers(this, drainTimeoutNs);
        } finally {
            close();
        }
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

    /** Asks a shard; the command is sent in the turns of the client until the call ends. */
    ShardCall ask(
            final int shardId, final ShardCommand command, final long deadlineNs, final ShardCall.Listener listener) {
        return shards.ask(shardId, command, deadlineNs, listener);
    }

    /** Begins a call; it is sent in the turns of the client until it ends. */
    void begin(final ShardCall call) {
        shards.begin(call);
    }

    /** Drives something in each turn from now on. */
    void add(final ClientDuty duty) {
        checkOpen();
        parts.add(duty);
    }

    void remove(final ClientDuty duty) {
        parts.remove(duty);
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
        return awaitTrue(() -> awaited.stream().allMatch(ShardCall::isEnded), timeoutNs);
    }

    /**
     * Drives the client until something is so or the time is over; not where a handler or listener is being called. False
     * where it is not so.
     */
    boolean awaitTrue(final BooleanSupplier condition, final long timeoutNs) {
        final long deadlineNs = nowNs() + timeoutNs;
        while (!isWorking
                && !isClosed
                && !transport.aeron().isClosed()
                && nowNs() - deadlineNs < 0
                && !condition.getAsBoolean()) {
            workOrIdle();
        }
        return condition.getAsBoolean();
    }

    ShardConnection connection(final int shardId) {
        return shards.connection(shardId);
    }

    SlotTables slotTables() {
        return routing().slotTables();
    }

    PolicyTables policyTables() {
        return routing().policyTables();
    }

    Routing routing() {
        return shards.routing();
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
        parts.remove(publisher);
    }

    void remove(final Subscriber subscriber) {
        parts.remove(subscriber);
    }

    RecordReader newReader(
            final int shardId,
            final SubscriberConfig subscriberConfig,
            final RecordSelection selection,
            final SubscriberListener told) {
        return hubs.open(
                new ReadRequest(
                        shardId,
                        subscriberConfig.preferredNode(),
                        subscriberConfig.silenceTimeoutNs(),
                        selection,
                        subscriberConfig.startOf(shardId)),
                told);
    }

    private ClusterPath pathOf(final ClientConfig config, final ClientTransport newTransport) {
        return config.gateways().isEmpty()
                ? new DirectPath(config, newTransport)
                : new GatewayPath(
                        newTransport.aeron(),
                        config.gateways(),
                        config.clientName(),
                        config.gatewayUser(),
                        config.gatewayPassword(),
                        config.messageTimeoutNs(),
                        errorHandler,
                        nowNs());
    }

    private void checkShard(final int shardId) {
        if (shardId >= shardCount()) {
            throw new IllegalArgumentException(
                    "the cluster has shards 0 to " + (shardCount() - 1) + ", but not " + shardId);
        }
    }

    private void checkOpen() {
        if (isClosed) {
            throw new IllegalStateException("the client is closed");
        }
    }
}
