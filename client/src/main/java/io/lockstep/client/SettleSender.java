package io.lockstep.client;

import io.lockstep.client.internal.ShardCall;
import io.lockstep.client.internal.ShardConnection;
import io.lockstep.client.window.GroupWindow;
import io.lockstep.codecs.CommandReplyDecoder;
import io.lockstep.codecs.GroupSettledDecoder;
import io.lockstep.codecs.MessageHeaderDecoder;
import io.lockstep.codecs.MessageHeaderEncoder;
import io.lockstep.codecs.ResultCode;
import io.lockstep.codecs.SettleGroupEncoder;
import org.agrona.DirectBuffer;
import org.agrona.ExpandableArrayBuffer;

/**
 * Tells a shard what a member decided, many decisions at once: what is decided while a few commands await their answers
 * shares the next one. A command is repeated until it is answered; one that had taken effect before its answer was lost
 * is answered with NOT_ASSIGNED then. Belongs to the thread that owns the client.
 */
final class SettleSender {
    /** Verdict: done. */
    static final byte DONE = 1;

    /** Verdict: try again later. */
    static final byte REJECT = 2;

    /** Verdict: still at work. */
    static final byte EXTEND = 3;

    /** Verdict: give up. */
    static final byte GIVE_UP = 4;

    /** No delay is given: that of the group. */
    static final long NO_DELAY = -1;

    /** Is told what had no effect. */
    interface Listener {
        /** One decision had no effect. */
        void onNotSettled(long position, ResultCode code);

        /** A whole command had no effect. */
        void onRefused(ResultCode code);
    }

    private static final int COMMANDS_UNDER_WAY = 4;
    private static final int MAX_ENTRIES = 1_024;

    private final LockstepClient client;
    private final int shardId;
    private final long timeoutNs;
    private final Listener listener;
    private final Batch[] batches = new Batch[COMMANDS_UNDER_WAY];
    private final MessageHeaderEncoder headerEncoder = new MessageHeaderEncoder();
    private final MessageHeaderDecoder headerDecoder = new MessageHeaderDecoder();
    private final SettleGroupEncoder encoder = new SettleGroupEncoder();
    private final GroupSettledDecoder settled = new GroupSettledDecoder();
    private final CommandReplyDecoder refused = new CommandReplyDecoder();

    SettleSender(final LockstepClient client, final int shardId, final long timeoutNs, final Listener listener) {
        this.client = client;
        this.shardId = shardId;
        this.timeoutNs = timeoutNs;
        this.listener = listener;
        for (int i = 0; i < batches.length; i++) {
            batches[i] = new Batch();
        }
    }

    boolean isIdle() {
        for (final Batch batch : batches) {
            if (batch.call != null) {
                return false;
            }
        }
        return true;
    }

    /** Sends what waits in a window, where a command is free for it. */
    int send(final GroupWindow window, final long memberId, final int groupId, final long nowNs) {
        int workCount = 0;
        for (int i = 0; i < batches.length && window.settleCount() > 0; i++) {
            if (batches[i].call == null) {
                batches[i].send(window, memberId, groupId, nowNs);
                workCount++;
            }
        }
        return workCount;
    }

    /** Forgets what is under way. */
    void cancel() {
        for (final Batch batch : batches) {
            if (batch.call != null) {
                batch.call.cancel();
                batch.call = null;
            }
        }
    }

    private final class Batch implements ShardCall.Listener {
        private final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer();
        private ShardCall call;

        private void send(final GroupWindow window, final long memberId, final int groupId, final long nowNs) {
            final ShardConnection connection = client.connection(shardId);
            final long correlationId = connection.nextCorrelationId();
            final int count = Math.min(MAX_ENTRIES, window.settleCount());
            final SettleGroupEncoder.EntriesEncoder entries = encoder.wrapAndApplyHeader(buffer, 0, headerEncoder)
                    .correlationId(correlationId)
                    .memberId(memberId)
                    .groupId(groupId)
                    .entriesCount(count);
            for (int i = 0; i < count; i++) {
                entries.next()
                        .position(window.settlePosition(i))
                        .delayNs(window.settleDelayNs(i))
                        .attempt(window.settleAttempt(i))
                        .verdict(window.settleVerdict(i));
            }
            window.dropSettles(count);
            call = new ShardCall(
                    shardId,
                    connection,
                    correlationId,
                    buffer,
                    MessageHeaderEncoder.ENCODED_LENGTH + encoder.encodedLength(),
                    nowNs + timeoutNs,
                    this);
            client.begin(call);
        }

        @Override
        public void onAnswer(final int templateId, final DirectBuffer answer, final int offset, final int length) {
            call = null;
            if (templateId == GroupSettledDecoder.TEMPLATE_ID) {
                onSettled(answer, offset);
            } else if (templateId == CommandReplyDecoder.TEMPLATE_ID) {
                refused.wrapAndApplyHeader(answer, offset, headerDecoder);
                listener.onRefused(refused.code());
            }
        }

        @Override
        public void onTimeout() {
            // By now the messages are handed out again.
            call = null;
        }

        private void onSettled(final DirectBuffer answer, final int offset) {
            settled.wrapAndApplyHeader(answer, offset, headerDecoder);
            final ResultCode code = settled.code();
            if (code != ResultCode.ACCEPTED) {
                listener.onRefused(code);
                return;
            }
            final GroupSettledDecoder.ResultsDecoder results = settled.results();
            while (results.hasNext()) {
                results.next();
                final long position = results.position();
                listener.onNotSettled(position, results.resultCode());
            }
        }
    }
}
