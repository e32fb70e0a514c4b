package io.lockstep.gateway.aeron;

import io.lockstep.codecs.ApplySettingsEncoder;
import io.lockstep.codecs.BooleanType;
import io.lockstep.codecs.CloseReadEncoder;
import io.lockstep.codecs.CommandReplyDecoder;
import io.lockstep.codecs.CommandReplyEncoder;
import io.lockstep.codecs.DescribeShardEncoder;
import io.lockstep.codecs.GatewayByeEncoder;
import io.lockstep.codecs.GatewayRefusal;
import io.lockstep.codecs.GatewayShardStateDecoder;
import io.lockstep.codecs.GatewayWelcomeDecoder;
import io.lockstep.codecs.MessageHeaderDecoder;
import io.lockstep.codecs.MessageHeaderEncoder;
import io.lockstep.codecs.MessageRecordDecoder;
import io.lockstep.codecs.OpenConsumerEncoder;
import io.lockstep.codecs.OpenReadEncoder;
import io.lockstep.codecs.PublishDecoder;
import io.lockstep.codecs.PublishEncoder;
import io.lockstep.codecs.PublishReplyDecoder;
import io.lockstep.codecs.PublishReplyEncoder;
import io.lockstep.codecs.ReadCreditEncoder;
import io.lockstep.codecs.ReadLostDecoder;
import io.lockstep.codecs.ReadProgressDecoder;
import io.lockstep.codecs.ReadRecordDecoder;
import io.lockstep.codecs.ReadRefusedDecoder;
import io.lockstep.codecs.ReadStart;
import io.lockstep.codecs.RenewMemberEncoder;
import io.lockstep.codecs.ResultCode;
import io.lockstep.codecs.SeedShardEncoder;
import io.lockstep.codecs.ShardDescriptionEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.agrona.DirectBuffer;
import org.agrona.ExpandableArrayBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.sbe.MessageEncoderFlyweight;

/**
 * Messages of native clients and of shards. The first methods make what is sent, each in a buffer of its own; the others
 * read what a client got, which is forgotten thereby.
 */
final class TestMessages {
    private static final int CORRELATION_OFFSET = MessageHeaderDecoder.ENCODED_LENGTH;

    private TestMessages() {}

    static MessageEncoderFlyweight bye(final long sessionId) {
        return new GatewayByeEncoder()
                .wrapAndApplyHeader(new ExpandableArrayBuffer(), 0, new MessageHeaderEncoder())
                .sessionId(sessionId);
    }

    static MessageEncoderFlyweight renewMember(final long correlationId) {
        return new RenewMemberEncoder()
                .wrapAndApplyHeader(new ExpandableArrayBuffer(), 0, new MessageHeaderEncoder())
                .correlationId(correlationId)
                .memberId(1);
    }

    static MessageEncoderFlyweight describe(final long correlationId) {
        return new DescribeShardEncoder()
                .wrapAndApplyHeader(new ExpandableArrayBuffer(), 0, new MessageHeaderEncoder())
                .correlationId(correlationId);
    }

    static MessageEncoderFlyweight seedShard(final long correlationId) {
        return new SeedShardEncoder()
                .wrapAndApplyHeader(new ExpandableArrayBuffer(), 0, new MessageHeaderEncoder())
                .correlationId(correlationId);
    }

    static MessageEncoderFlyweight applySettings(final long correlationId) {
        return new ApplySettingsEncoder()
                .wrapAndApplyHeader(new ExpandableArrayBuffer(), 0, new MessageHeaderEncoder())
                .correlationId(correlationId);
    }

    static MessageEncoderFlyweight publish(final long producerId, final int epoch, final String... topics) {
        return publish(producerId, epoch, new byte[0], topics);
    }

    static MessageEncoderFlyweight publish(
            final long producerId, final int epoch, final byte[] headers, final String... topics) {
        final PublishEncoder publish = new PublishEncoder()
                .wrapAndApplyHeader(new ExpandableArrayBuffer(), 0, new MessageHeaderEncoder())
                .producerId(producerId)
                .firstSequence(1)
                .notedRefusal(0)
                .epoch(epoch)
                .atomic(BooleanType.FALSE);
        final PublishEncoder.EntriesEncoder entries = publish.entriesCount(topics.length);
        for (final String topic : topics) {
            entries.next()
                    .expectedTopicSequence(-1)
                    .topicName(topic)
                    .putHeaders(headers, 0, headers.length)
                    .putPayload(new byte[] {1}, 0, 1);
        }
        return publish;
    }

    static MessageEncoderFlyweight openConsumer(final long correlationId, final String... filters) {
        final OpenConsumerEncoder open = new OpenConsumerEncoder()
                .wrapAndApplyHeader(new ExpandableArrayBuffer(), 0, new MessageHeaderEncoder())
                .correlationId(correlationId);
        final OpenConsumerEncoder.FiltersEncoder group = open.filtersCount(filters.length);
        for (final String filter : filters) {
            group.next().filter(filter);
        }
        return open;
    }

    static MessageEncoderFlyweight openRead(
            final long readId, final long position, final int creditBytes, final String... filters) {
        final OpenReadEncoder open = new OpenReadEncoder()
                .wrapAndApplyHeader(new ExpandableArrayBuffer(), 0, new MessageHeaderEncoder())
                .readId(readId)
                .startValue(position)
                .shardId(0)
                .creditBytes(creditBytes)
                .startKind(ReadStart.POSITION)
                .isEverything(BooleanType.FALSE);
        final OpenReadEncoder.FiltersEncoder group = open.filtersCount(filters.length);
        for (final String filter : filters) {
            group.next().filter(filter);
        }
        return open;
    }

    static MessageEncoderFlyweight readCredit(final long readId, final long consumedBytes) {
        return new ReadCreditEncoder()
                .wrapAndApplyHeader(new ExpandableArrayBuffer(), 0, new MessageHeaderEncoder())
                .readId(readId)
                .consumedBytes(consumedBytes);
    }

    static MessageEncoderFlyweight closeRead(final long readId) {
        return new CloseReadEncoder()
                .wrapAndApplyHeader(new ExpandableArrayBuffer(), 0, new MessageHeaderEncoder())
                .readId(readId);
    }

    static MessageEncoderFlyweight reply(final long correlationId, final long detail) {
        return new CommandReplyEncoder()
                .wrapAndApplyHeader(new ExpandableArrayBuffer(), 0, new MessageHeaderEncoder())
                .correlationId(correlationId)
                .detail(detail)
                .journalPosition(0)
                .code(ResultCode.ACCEPTED);
    }

    static MessageEncoderFlyweight publishReply(final long producerId, final int epoch) {
        final PublishReplyEncoder reply = new PublishReplyEncoder()
                .wrapAndApplyHeader(new ExpandableArrayBuffer(), 0, new MessageHeaderEncoder())
                .producerId(producerId)
                .epoch(epoch)
                .code(ResultCode.ACCEPTED);
        reply.resultsCount(0);
        return reply;
    }

    static MessageEncoderFlyweight description(final long correlationId) {
        final ShardDescriptionEncoder description = new ShardDescriptionEncoder()
                .wrapAndApplyHeader(new ExpandableArrayBuffer(), 0, new MessageHeaderEncoder())
                .correlationId(correlationId);
        description.settingsCount(0);
        return description;
    }

    static long correlationOf(final DirectBuffer message) {
        return message.getLong(CORRELATION_OFFSET);
    }

    static List<Long> correlations(final FakeClient client) {
        return client.takeAnswers().stream().map(TestMessages::correlationOf).toList();
    }

    /** Correlation id, code and detail of each. */
    static List<String> replies(final FakeClient client) {
        return client.takeAnswers().stream()
                .map(answer -> new CommandReplyDecoder().wrapAndApplyHeader(answer, 0, new MessageHeaderDecoder()))
                .map(reply -> reply.correlationId() + " " + reply.code() + ' ' + reply.detail())
                .toList();
    }

    /** Of the publishers that were answered. */
    static List<Integer> epochs(final FakeClient client) {
        return client.takeAnswers().stream()
                .map(answer -> new PublishReplyDecoder()
                        .wrapAndApplyHeader(answer, 0, new MessageHeaderDecoder())
                        .epoch())
                .toList();
    }

    /** What each welcome says. */
    static List<Integer> shardCounts(final FakeClient client) {
        return client.take(GatewayWelcomeDecoder.TEMPLATE_ID).stream()
                .map(message -> new GatewayWelcomeDecoder()
                        .wrapAndApplyHeader(message, 0, new MessageHeaderDecoder())
                        .shardCount())
                .toList();
    }

    /** Shard, whether it is connected, and its leader. */
    static List<String> shardStates(final FakeClient client) {
        return client.take(GatewayShardStateDecoder.TEMPLATE_ID).stream()
                .map(message ->
                        new GatewayShardStateDecoder().wrapAndApplyHeader(message, 0, new MessageHeaderDecoder()))
                .map(state ->
                        state.shardId() + " " + (state.isConnected() == BooleanType.TRUE) + ' ' + state.leaderNodeId())
                .toList();
    }

    static List<String> topics(final DirectBuffer publish) {
        final List<String> topics = new ArrayList<>();
        for (final PublishDecoder.EntriesDecoder entry : new PublishDecoder()
                .wrapAndApplyHeader(publish, 0, new MessageHeaderDecoder())
                .entries()) {
            topics.add(entry.topicName());
            entry.skipHeaders();
            entry.skipPayload();
        }
        return topics;
    }

    /** Position and payload of each. */
    static List<String> records(final FakeClient client) {
        final List<String> records = new ArrayList<>();
        for (final UnsafeBuffer message : client.take(ReadRecordDecoder.TEMPLATE_ID)) {
            final ReadRecordDecoder record =
                    new ReadRecordDecoder().wrapAndApplyHeader(message, 0, new MessageHeaderDecoder());
            final long position = record.position();
            final byte[] bytes = new byte[record.recordLength()];
            record.getRecord(bytes, 0, bytes.length);
            final MessageRecordDecoder decoder = new MessageRecordDecoder()
                    .wrapAndApplyHeader(new UnsafeBuffer(bytes), 0, new MessageHeaderDecoder());
            decoder.skipTopicName();
            decoder.skipHeaders();
            final byte[] payload = new byte[decoder.payloadLength()];
            decoder.getPayload(payload, 0, payload.length);
            records.add(position + " " + new String(payload, StandardCharsets.UTF_8));
        }
        return records;
    }

    static List<GatewayRefusal> readRefusals(final FakeClient client) {
        return client.take(ReadRefusedDecoder.TEMPLATE_ID).stream()
                .map(message -> new ReadRefusedDecoder()
                        .wrapAndApplyHeader(message, 0, new MessageHeaderDecoder())
                        .refusal())
                .toList();
    }

    /** The first position that can be read, of each read that lost something. */
    static List<Long> lostUpTo(final FakeClient client) {
        return client.take(ReadLostDecoder.TEMPLATE_ID).stream()
                .map(message -> new ReadLostDecoder()
                        .wrapAndApplyHeader(message, 0, new MessageHeaderDecoder())
                        .firstReadablePosition())
                .toList();
    }

    static long lastProgress(final FakeClient client) {
        final List<UnsafeBuffer> all = client.take(ReadProgressDecoder.TEMPLATE_ID);
        return new ReadProgressDecoder()
                .wrapAndApplyHeader(all.get(all.size() - 1), 0, new MessageHeaderDecoder())
                .position();
    }
}
