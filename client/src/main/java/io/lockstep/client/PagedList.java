package io.lockstep.client;

import io.lockstep.client.internal.ShardCall;
import io.lockstep.codecs.CommandReplyDecoder;
import io.lockstep.codecs.MessageHeaderDecoder;
import io.lockstep.codecs.MessageHeaderEncoder;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.agrona.sbe.MessageEncoderFlyweight;

/**
 * A list that each shard tells page by page; all shards are asked at a time. Belongs to the thread that owns the client.
 *
 * @param <T> of the entries.
 */
final class PagedList<T> {
    /** What {@link Reader#read} returns behind the last page. */
    static final long LAST = -1;

    /** Asks for a page. */
    @FunctionalInterface
    interface Question {
        /** Writes the question at 0; {@code after} is 0 for the first page, else what the reader returned. */
        MessageEncoderFlyweight encode(
                MutableDirectBuffer buffer, MessageHeaderEncoder header, long correlationId, long after);
    }

    /** Takes a page apart. */
    @FunctionalInterface
    interface Reader<T> {
        /** Adds the entries and returns behind which place the next page begins, or {@link #LAST}. */
        long read(int shardId, DirectBuffer buffer, int offset, List<T> entries);
    }

    private final LockstepClient client;
    private final int pageTemplateId;
    private final String what;
    private final Question question;
    private final Reader<T> reader;
    private final long deadlineNs;
    private LockstepException failure;

    private PagedList(
            final LockstepClient client,
            final int pageTemplateId,
            final String what,
            final Question question,
            final Reader<T> reader,
            final long deadlineNs) {
        this.client = client;
        this.pageTemplateId = pageTemplateId;
        this.what = what;
        this.question = question;
        this.reader = reader;
        this.deadlineNs = deadlineNs;
    }

    /**
     * Asks all shards and waits. Not for handlers and listeners.
     *
     * @param client         that is driven meanwhile.
     * @param pageTemplateId of the answer.
     * @param what           the shard is to do, for the sentence that says that it did not: {@code list its topics}.
     * @param question       asks for a page.
     * @param reader         takes a page apart.
     * @param timeoutNs      greatest time to wait for all pages.
     * @return the entries, by shard.
     * @throws LockstepException where a shard refused or did not answer in time.
     */
    static <T> List<T> collect(
            final LockstepClient client,
            final int pageTemplateId,
            final String what,
            final Question question,
            final Reader<T> reader,
            final long timeoutNs) {
        return collect(
                client, IntStream.range(0, client.shardCount()), pageTemplateId, what, question, reader, timeoutNs);
    }

    /**
     * Asks some shards and waits. Not for handlers and listeners.
     *
     * @param client         that is driven meanwhile.
     * @param shardIds       of the shards.
     * @param pageTemplateId of the answer.
     * @param what           a shard is to do.
     * @param question       asks for a page.
     * @param reader         takes a page apart.
     * @param timeoutNs      greatest time to wait for all pages.
     * @return the entries, by shard.
     * @throws LockstepException where a shard refused or did not answer in time.
     */
    static <T> List<T> collect(
            final LockstepClient client,
            final IntStream shardIds,
            final int pageTemplateId,
            final String what,
            final Question question,
            final Reader<T> reader,
            final long timeoutNs) {
        final PagedList<T> list =
                new PagedList<>(client, pageTemplateId, what, question, reader, client.nowNs() + timeoutNs);
        final List<PagedList<T>.Shard> shards = new ArrayList<>();
        shardIds.forEach(shardId -> shards.add(list.new Shard(shardId)));
        shards.forEach(shard -> shard.ask(0));
        client.awaitTrue(() -> list.failure != null || shards.stream().allMatch(shard -> shard.isDone), timeoutNs);
        shards.forEach(shard -> shard.call.cancel());
        final List<T> entries = new ArrayList<>();
        for (final PagedList<T>.Shard shard : shards) {
            if (!shard.isDone && list.failure == null) {
                shard.onTimeout();
            }
            entries.addAll(shard.entries);
        }
        if (list.failure != null) {
            throw list.failure;
        }
        return entries;
    }

    private final class Shard implements ShardCall.Listener {
        private final int shardId;
        private final List<T> entries = new ArrayList<>();
        private ShardCall call;
        private boolean isDone;

        private Shard(final int shardId) {
            this.shardId = shardId;
        }

        @Override
        public void onAnswer(final int templateId, final DirectBuffer buffer, final int offset, final int length) {
            if (templateId == pageTemplateId) {
                final long after = reader.read(shardId, buffer, offset, entries);
                isDone = after == LAST;
                if (!isDone) {
                    ask(after);
                }
            } else if (templateId == CommandReplyDecoder.TEMPLATE_ID) {
                final CommandReplyDecoder reply =
                        new CommandReplyDecoder().wrapAndApplyHeader(buffer, offset, new MessageHeaderDecoder());
                final long detail = reply.detail();
                failure = BlockingCall.refusal(shardId, what, new CommandAnswer(reply.code(), detail));
            }
        }

        @Override
        public void onTimeout() {
            failure = new LockstepException("shard " + shardId + " did not " + what
                    + " in time; 'lockstep status' shows whether it has a leader");
        }

        private void ask(final long after) {
            call = client.ask(
                    shardId,
                    (buffer, header, correlationId) -> question.encode(buffer, header, correlationId, after),
                    deadlineNs,
                    this);
        }
    }
}
