package io.lockstep.client;

import io.lockstep.client.internal.ShardCall;
import io.lockstep.client.internal.ShardConnection;
import io.lockstep.codecs.BooleanType;
import io.lockstep.codecs.CommandReplyDecoder;
import io.lockstep.codecs.ListScheduledEncoder;
import io.lockstep.codecs.MessageHeaderDecoder;
import io.lockstep.codecs.MessageHeaderEncoder;
import io.lockstep.codecs.ScheduledPageDecoder;
import java.util.ArrayList;
import java.util.List;
import org.agrona.DirectBuffer;
import org.agrona.ExpandableArrayBuffer;

/** Collects what all shards hold back, page by page. Belongs to the thread that owns the client. */
final class ScheduleLister {
    private static final int PAGE_LENGTH = 100;

    private final LockstepClient client;
    private final String filter;
    private final long deadlineNs;
    private final List<List<ScheduledMessage>> messagesByShard = new ArrayList<>();
    private final boolean[] isDone;
    private String failure;

    ScheduleLister(final LockstepClient client, final String filter, final long deadlineNs) {
        this.client = client;
        this.filter = filter;
        this.deadlineNs = deadlineNs;
        this.isDone = new boolean[client.shardCount()];
        for (int shardId = 0; shardId < isDone.length; shardId++) {
            messagesByShard.add(new ArrayList<>());
            ask(shardId, 0);
        }
    }

    /** Whether all shards answered or one cannot. */
    boolean isEnded() {
        boolean isEnded = true;
        for (final boolean isShardDone : isDone) {
            isEnded &= isShardDone;
        }
        return isEnded || failure != null;
    }

    /** Why the list is not complete, a sentence, or null. */
    String failure() {
        return failure;
    }

    List<ScheduledMessage> messages() {
        final List<ScheduledMessage> messages = new ArrayList<>();
        messagesByShard.forEach(messages::addAll);
        return messages;
    }

    private void ask(final int shardId, final long afterPosition) {
        final ShardConnection connection = client.connection(shardId);
        final long correlationId = connection.nextCorrelationId();
        final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer();
        final ListScheduledEncoder command = new ListScheduledEncoder()
                .wrapAndApplyHeader(buffer, 0, new MessageHeaderEncoder())
                .correlationId(correlationId)
                .afterPosition(afterPosition)
                .maxEntries(PAGE_LENGTH)
                .filter(filter);
        client.begin(new ShardCall(
                connection,
                correlationId,
                buffer,
                MessageHeaderEncoder.ENCODED_LENGTH + command.encodedLength(),
                deadlineNs,
                new Answer(shardId)));
    }

    private final class Answer implements ShardCall.Listener {
        private final int shardId;

        private Answer(final int shardId) {
            this.shardId = shardId;
        }

        @Override
        public void onAnswer(final int templateId, final DirectBuffer buffer, final int offset, final int length) {
            final MessageHeaderDecoder header = new MessageHeaderDecoder();
            if (templateId == ScheduledPageDecoder.TEMPLATE_ID) {
                onPage(new ScheduledPageDecoder().wrapAndApplyHeader(buffer, offset, header));
            } else {
                final CommandReplyDecoder reply = new CommandReplyDecoder().wrapAndApplyHeader(buffer, offset, header);
                failure = "shard " + shardId + " does not list what it holds back: " + reply.code();
            }
        }

        @Override
        public void onTimeout() {
            failure = "shard " + shardId + " did not list what it holds back in time; 'lockstep status' shows whether"
                    + " it has a leader";
        }

        private void onPage(final ScheduledPageDecoder page) {
            isDone[shardId] = page.isLast() == BooleanType.TRUE;
            final long scannedTo = page.scannedToPosition();
            for (final ScheduledPageDecoder.ScheduledDecoder entry : page.scheduled()) {
                final long position = entry.schedulePosition();
                final long dueNs = entry.dueNs();
                final long producerId = entry.producerId();
                final long producerSequence = entry.producerSequence();
                final int headersLength = entry.headersLength();
                final int payloadLength = entry.payloadLength();
                messagesByShard
                        .get(shardId)
                        .add(new ScheduledMessage(
                                shardId,
                                position,
                                entry.topicName(),
                                dueNs,
                                producerId,
                                producerSequence,
                                headersLength,
                                payloadLength));
            }
            if (!isDone[shardId]) {
                ask(shardId, scannedTo);
            }
        }
    }
}
