package io.lockstep.gateway.bridge;

import io.lockstep.client.AnswerListener;
import io.lockstep.client.SessionUpdates;
import io.lockstep.client.UpdateAnswer;
import io.lockstep.codecs.ResultCode;
import io.lockstep.codecs.SessionUpdate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** What shards are to be told of sessions, many of them in one command. Bridge thread only. */
final class UpdateBatches {
    private final ClusterLink link;
    private final Batch[] batches;

    UpdateBatches(final ClusterLink link) {
        this.link = link;
        this.batches = new Batch[link.shardCount()];
        for (int shardId = 0; shardId < batches.length; shardId++) {
            batches[shardId] = new Batch(shardId);
        }
    }

    /** Adds an update; what is to be done when it was noted may be null. */
    void add(
            final ClusterSession session,
            final int shardId,
            final SessionUpdate kind,
            final long value,
            final long position,
            final Runnable onNoted) {
        if (batches[shardId].updates.count() == SessionUpdates.MAX) {
            flush(shardId);
        }
        batches[shardId].updates.add(kind, session.sessionId(), session.epoch(), value, position);
        batches[shardId].notes.add(new Note(session, onNoted));
    }

    int flush() {
        int count = 0;
        for (int shardId = 0; shardId < batches.length; shardId++) {
            count += flush(shardId);
        }
        return count;
    }

    private int flush(final int shardId) {
        final Batch batch = batches[shardId];
        if (batch.updates.count() == 0) {
            return 0;
        }
        batches[shardId] = new Batch(shardId);
        link.updateSessions(shardId, batch.updates, batch);
        return 1;
    }

    private record Note(ClusterSession session, Runnable onNoted) {}

    private static final class Batch implements AnswerListener<UpdateAnswer> {
        private final int shardId;
        private final SessionUpdates updates = new SessionUpdates();
        private final List<Note> notes = new ArrayList<>();

        Batch(final int shardId) {
            this.shardId = shardId;
        }

        @Override
        public void onAnswer(final UpdateAnswer answer) {
            for (int i = 0; i < notes.size(); i++) {
                final Note note = notes.get(i);
                if (!note.session.isOpen()) {
                    continue;
                }
                if (answer.code() != ResultCode.ACCEPTED) {
                    note.session.onLost("shard " + shardId + " does not note how far it got: " + answer.code());
                } else if (Arrays.binarySearch(answer.refused(), i) >= 0) {
                    note.session.onMoved();
                } else if (note.onNoted != null) {
                    note.onNoted.run();
                }
            }
        }

        @Override
        public void onTimeout() {
            for (final Note note : notes) {
                if (note.session.isOpen()) {
                    note.session.onLost("shard " + shardId + " did not answer in time");
                }
            }
        }
    }
}
