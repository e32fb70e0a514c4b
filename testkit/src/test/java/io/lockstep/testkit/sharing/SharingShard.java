package io.lockstep.testkit.sharing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lockstep.cluster.core.Engine;
import io.lockstep.cluster.core.Outbox;
import io.lockstep.codecs.AckConsumerDecoder;
import io.lockstep.codecs.ApplyTopicPoliciesEncoder;
import io.lockstep.codecs.BooleanType;
import io.lockstep.codecs.CloseMemberDecoder;
import io.lockstep.codecs.CommandReplyDecoder;
import io.lockstep.codecs.ConsumerOpenedDecoder;
import io.lockstep.codecs.ConsumerRecordDecoder;
import io.lockstep.codecs.LeaveConsumerDecoder;
import io.lockstep.codecs.MessageHeaderDecoder;
import io.lockstep.codecs.MessageHeaderEncoder;
import io.lockstep.codecs.MessageRecordDecoder;
import io.lockstep.codecs.OpenConsumerDecoder;
import io.lockstep.codecs.OpenMemberDecoder;
import io.lockstep.codecs.OpenProducerEncoder;
import io.lockstep.codecs.PublishEncoder;
import io.lockstep.codecs.PublishReplyDecoder;
import io.lockstep.codecs.RecordKind;
import io.lockstep.codecs.RenewMemberDecoder;
import io.lockstep.codecs.ResultCode;
import io.lockstep.codecs.SeedShardEncoder;
import io.lockstep.topic.KeyHash;
import io.lockstep.topic.PartitionName;
import io.lockstep.wire.MessageHeaders;
import io.lockstep.wire.RecordLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.agrona.DirectBuffer;
import org.agrona.ExpandableArrayBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.sbe.MessageEncoderFlyweight;

/**
 * The real engine of one shard with a topic that has partitions: takes commands, keeps the journal, is replaced by a copy
 * from its snapshot and gets new leaders. Tells the model what it accepted and what its journal says.
 */
final class SharingShard implements Outbox {
    static final String TOPIC = "orders";
    private static final long OWN_SESSION = 1;
    private static final long PRODUCER_ID = 7;
    private static final long NO_TIMER = Long.MIN_VALUE;
    private static final int NO_PARTITION = -1;

    /** A record: of a message, with its partition; of a consumer, with how it stands; or of something else. */
    record Entry(
            long endPosition,
            long atNs,
            int partition,
            long consumerId,
            long epoch,
            long owner,
            long wanted,
            String key) {}

    final List<Entry> journal = new ArrayList<>();
    private final SharingModel model;
    private final int partitionCount;
    private final MessageHeaderDecoder header = new MessageHeaderDecoder();
    private final Map<Long, Integer> partitionOfConsumer = new HashMap<>();
    private Engine engine = new Engine(this);
    private UnsafeBuffer reply;
    private int openingPartition;
    private long timerNs = NO_TIMER;
    private long logPosition;
    private long nowNs = 1_700_000_000_000_000_000L;
    private long sequence;

    SharingShard(final SharingModel model, final int partitionCount) {
        this.model = model;
        this.partitionCount = partitionCount;
        model.pass(nowNs);
        beginTerm();
        apply(new SeedShardEncoder(), encoder -> {
            encoder.correlationId(1).shardId(0).shardCount(1);
            encoder.settingsCount(0);
            encoder.routesCount(0);
        });
        apply(new ApplyTopicPoliciesEncoder(), encoder -> {
            encoder.correlationId(2).newVersion(1).checkOnly(BooleanType.FALSE);
            encoder.policiesCount(1)
                    .next()
                    .partitions(partitionCount)
                    .isHeld(BooleanType.FALSE)
                    .filter(TOPIC);
        });
        apply(
                new OpenProducerEncoder(),
                encoder -> encoder.correlationId(3)
                        .producerId(PRODUCER_ID)
                        .windowLength(16)
                        .ordered(BooleanType.FALSE));
    }

    private interface Fill<T> {
        void fill(T encoder);
    }

    private <T extends MessageEncoderFlyweight> void apply(final T encoder, final Fill<T> fill) {
        final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer();
        final MessageHeaderEncoder headerEncoder = new MessageHeaderEncoder()
                .wrap(buffer, 0)
                .blockLength(encoder.sbeBlockLength())
                .templateId(encoder.sbeTemplateId())
                .schemaId(encoder.sbeSchemaId())
                .version(encoder.sbeSchemaVersion());
        encoder.wrap(buffer, headerEncoder.encodedLength());
        fill.fill(encoder);
        run(OWN_SESSION, copyOf(buffer, 0, headerEncoder.encodedLength() + encoder.encodedLength()));
    }

    long nowNs() {
        return nowNs;
    }

    /** Publishes a message to the partition of its key. */
    void publish(final String key, final int length) {
        final UnsafeBuffer keyBytes = new UnsafeBuffer(key.getBytes(StandardCharsets.UTF_8));
        final int partition = KeyHash.partitionOf(keyBytes, 0, keyBytes.capacity(), partitionCount);
        final byte[] headers = MessageHeaders.encode(Map.of("$key", key));
        final byte[] name = PartitionName.nameOf(TOPIC, partition).getBytes(StandardCharsets.UTF_8);
        apply(new PublishEncoder(), encoder -> {
            encoder.producerId(PRODUCER_ID)
                    .firstSequence(++sequence)
                    .notedRefusal(0)
                    .epoch(1)
                    .atomic(BooleanType.FALSE);
            encoder.entriesCount(1)
                    .next()
                    .expectedTopicSequence(-1)
                    .putTopicName(name, 0, name.length)
                    .putHeaders(headers, 0, headers.length)
                    .putPayload(new byte[length], 0, length);
        });
        final PublishReplyDecoder published = new PublishReplyDecoder().wrapAndApplyHeader(reply, 0, header);
        assertEquals(ResultCode.ACCEPTED, published.code());
        assertEquals(0, published.results().count(), "refused messages");
    }

    /** Applies a command of a member; returns the answer. */
    UnsafeBuffer apply(final long sessionId, final UnsafeBuffer command) {
        header.wrap(command, 0);
        switch (header.templateId()) {
            case LeaveConsumerDecoder.TEMPLATE_ID -> {
                final LeaveConsumerDecoder leave = new LeaveConsumerDecoder().wrapAndApplyHeader(command, 0, header);
                model.beginOrder(new SharingModel.Order(
                        leave.memberId(),
                        partitionOfConsumer.get(leave.consumerId()),
                        leave.keepMembership() == BooleanType.TRUE));
            }
            case CloseMemberDecoder.TEMPLATE_ID ->
                model.beginOrder(new SharingModel.Order(
                        new CloseMemberDecoder()
                                .wrapAndApplyHeader(command, 0, header)
                                .memberId(),
                        NO_PARTITION,
                        false));
            case OpenConsumerDecoder.TEMPLATE_ID ->
                openingPartition = new OpenConsumerDecoder()
                        .wrapAndApplyHeader(command, 0, header)
                        .lane();
            default -> model.beginOrder(null);
        }
        run(sessionId, command);
        model.beginOrder(null);
        tellModel(command);
        model.check();
        return reply;
    }

    /** Lets time pass, with the timer firing when it is due. */
    void pass(final long durationNs) {
        final long endNs = nowNs + durationNs;
        while (timerNs != NO_TIMER && timerNs <= endNs) {
            nowNs = Math.max(nowNs, timerNs);
            model.pass(nowNs);
            timerNs = NO_TIMER;
            logPosition += 64;
            engine.onTimer(logPosition, nowNs);
            model.check();
        }
        nowNs = endNs;
        model.pass(nowNs);
    }

    /** Another leader takes over. */
    void beginTerm() {
        logPosition += 64;
        engine.onLeadershipTerm(logPosition, nowNs);
        model.beginTerm();
    }

    /** Replaces the engine by a copy that was restored from its snapshot. */
    void restart() {
        final Engine copy = new Engine(this);
        engine.writeSnapshot(copy::onSnapshotMessage, logPosition);
        assertTrue(copy.isRestored());
        assertEquals(engine.stateHash(), copy.stateHash(), "state of the restored copy");
        engine = copy;
    }

    private void run(final long sessionId, final UnsafeBuffer command) {
        logPosition += 64;
        engine.onCommand(sessionId, logPosition, nowNs, command, 0, command.capacity());
    }

    private void tellModel(final UnsafeBuffer command) {
        header.wrap(command, 0);
        final int templateId = header.templateId();
        if (templateId == OpenConsumerDecoder.TEMPLATE_ID) {
            final long memberId = new OpenConsumerDecoder()
                    .wrapAndApplyHeader(command, 0, header)
                    .memberId();
            if (new ConsumerOpenedDecoder().wrapAndApplyHeader(reply, 0, header).code() == ResultCode.ACCEPTED) {
                model.join(memberId, openingPartition);
            }
            return;
        }
        if (new CommandReplyDecoder().wrapAndApplyHeader(reply, 0, header).code() != ResultCode.ACCEPTED) {
            return;
        }
        switch (templateId) {
            case OpenMemberDecoder.TEMPLATE_ID -> {
                final OpenMemberDecoder open = new OpenMemberDecoder().wrapAndApplyHeader(command, 0, header);
                model.openMember(open.memberId(), open.leaseNs());
            }
            case RenewMemberDecoder.TEMPLATE_ID ->
                model.renewMember(new RenewMemberDecoder()
                        .wrapAndApplyHeader(command, 0, header)
                        .memberId());
            case CloseMemberDecoder.TEMPLATE_ID ->
                model.closeMember(new CloseMemberDecoder()
                        .wrapAndApplyHeader(command, 0, header)
                        .memberId());
            case LeaveConsumerDecoder.TEMPLATE_ID -> {
                final LeaveConsumerDecoder leave = new LeaveConsumerDecoder().wrapAndApplyHeader(command, 0, header);
                if (leave.keepMembership() == BooleanType.FALSE) {
                    model.leave(leave.memberId(), partitionOfConsumer.get(leave.consumerId()));
                }
            }
            case AckConsumerDecoder.TEMPLATE_ID -> {
                final AckConsumerDecoder ack = new AckConsumerDecoder().wrapAndApplyHeader(command, 0, header);
                final int partition = partitionOfConsumer.get(ack.consumerId());
                final long position = ack.position();
                final UnsafeBuffer singles = new UnsafeBuffer(new byte[ack.acksLength()]);
                ack.getAcks(singles, 0, singles.capacity());
                model.confirm(partition, position, List.of(longsOf(singles)));
            }
            default -> throw new AssertionError("a member sent template " + templateId);
        }
    }

    static Long[] longsOf(final UnsafeBuffer buffer) {
        final Long[] values = new Long[buffer.capacity() / Long.BYTES];
        for (int i = 0; i < values.length; i++) {
            values[i] = buffer.getLong(i * Long.BYTES, ByteOrder.LITTLE_ENDIAN);
        }
        return values;
    }

    @Override
    public void journal(final DirectBuffer buffer, final int offset, final int length, final long endPosition) {
        final int kind = RecordLayout.kind(buffer, offset);
        if (kind == RecordKind.MESSAGE.value()) {
            final MessageRecordDecoder message = new MessageRecordDecoder().wrapAndApplyHeader(buffer, offset, header);
            final UnsafeBuffer name = new UnsafeBuffer(message.topicName().getBytes(StandardCharsets.UTF_8));
            final UnsafeBuffer headers = new UnsafeBuffer(new byte[message.headersLength()]);
            message.getHeaders(headers, 0, headers.capacity());
            final int partition = PartitionName.partitionOf(name, 0, name.capacity());
            final String key =
                    MessageHeaders.decode(headers, 0, headers.capacity()).get("$key");
            journal.add(new Entry(endPosition, nowNs, partition, 0, 0, 0, 0, key));
            model.send(partition, endPosition, key);
        } else if (kind == RecordKind.CONSUMER_CHANGED.value()) {
            final ConsumerRecordDecoder change = new ConsumerRecordDecoder().wrapAndApplyHeader(buffer, offset, header);
            // A consumer that is new is told of before the answer of who opened it.
            final int partition = partitionOfConsumer.computeIfAbsent(change.consumerId(), id -> openingPartition);
            final Entry entry = new Entry(
                    endPosition,
                    nowNs,
                    NO_PARTITION,
                    change.consumerId(),
                    change.ownerEpoch(),
                    change.ownerMemberId(),
                    change.wantedMemberId(),
                    null);
            journal.add(entry);
            model.change(partition, entry.epoch(), entry.owner(), entry.wanted());
        } else {
            journal.add(new Entry(endPosition, nowNs, NO_PARTITION, 0, 0, 0, 0, null));
        }
    }

    @Override
    public void reply(final long clusterSessionId, final DirectBuffer buffer, final int offset, final int length) {
        reply = copyOf(buffer, offset, length);
    }

    @Override
    public void requestTimer(final long deadlineNs) {
        timerNs = deadlineNs;
    }

    static UnsafeBuffer copyOf(final DirectBuffer buffer, final int offset, final int length) {
        final byte[] bytes = new byte[length];
        buffer.getBytes(offset, bytes);
        return new UnsafeBuffer(bytes);
    }
}
