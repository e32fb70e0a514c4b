package io.lockstep.client;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import org.agrona.CloseHelper;
import org.agrona.ErrorHandler;

/** What a client made and drives: publishers, subscribers, and the rest as duties. Belongs to the client's thread. */
final class ClientParts implements Routing.Listener {
    private Publisher[] publishers = {};
    private Subscriber[] subscribers = {};
    private final List<ClientDuty> duties = new ArrayList<>();

    void add(final Publisher publisher) {
        publishers = Arrays.copyOf(publishers, publishers.length + 1);
        publishers[publishers.length - 1] = publisher;
    }

    void add(final Subscriber subscriber) {
        subscribers = Arrays.copyOf(subscribers, subscribers.length + 1);
        subscribers[subscribers.length - 1] = subscriber;
    }

    void add(final ClientDuty duty) {
        duties.add(duty);
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

    void remove(final ClientDuty duty) {
        duties.remove(duty);
    }

    /** The publisher of a producer, or null. */
    Publisher publisherOf(final long producerId) {
        for (final Publisher publisher : publishers) {
            if (publisher.producerId() == producerId) {
                return publisher;
            }
        }
        return null;
    }

    int flushPublishers(final long nowNs) {
        int workCount = 0;
        for (final Publisher publisher : publishers) {
            workCount += publisher.flush(nowNs);
        }
        return workCount;
    }

    int drivePublishers(final long nowNs) {
        int workCount = 0;
        for (final Publisher publisher : publishers) {
            workCount += publisher.doWork(nowNs);
        }
        return workCount;
    }

    int driveDuties(final long nowNs) {
        int workCount = 0;
        // By index: a duty may add or end others.
        for (int i = 0; i < duties.size(); i++) {
            workCount += duties.get(i).doWork(nowNs);
        }
        return workCount;
    }

    void onSessionRestored(final int shardId, final long nowNs) {
        for (final Publisher publisher : publishers) {
            publisher.onSessionRestored(shardId, nowNs);
        }
        for (int i = 0; i < duties.size(); i++) {
            duties.get(i).onSessionRestored(shardId);
        }
    }

    void onDescribed(final ShardState state) {
        for (final Publisher publisher : publishers) {
            publisher.onShardDescription(state.shardId(), state);
        }
        for (final Subscriber subscriber : subscribers) {
            subscriber.hint(state.shardId(), state.journalPosition());
        }
        for (int i = 0; i < duties.size(); i++) {
            duties.get(i).onJournalPosition(state.shardId(), state.journalPosition());
        }
    }

    /** {@inheritDoc} */
    @Override
    public void onSlotTablesChanged(final SlotTables tables) {
        for (final Subscriber subscriber : subscribers) {
            subscriber.onSlotTablesChanged(tables);
        }
    }

    /** {@inheritDoc} */
    @Override
    public void onPoliciesChanged(final PolicyTables tables) {
        for (final Subscriber subscriber : subscribers) {
            subscriber.onPoliciesChanged(tables);
        }
    }

    /** Waits for the answers of all publishers; false where some are still missing at the deadline. */
    boolean drainPublishers(final LockstepClient client, final long timeoutNs) {
        final long deadlineNs = client.nowNs() + timeoutNs;
        boolean isDrained = true;
        // As an array that may become another one: a publisher that fails takes itself away.
        for (final Publisher publisher : publishers) {
            isDrained &= publisher.drain(Math.max(0, deadlineNs - client.nowNs()));
        }
        return isDrained;
    }

    /** Each message gets its fate, whatever a listener throws. */
    void closePublishers() {
        CloseHelper.closeAll(publishers);
    }

    void closeOthers(final ErrorHandler errorHandler) {
        // The last first: what was made later may need what was made before.
        final List<ClientDuty> ending = new ArrayList<>(duties);
        Collections.reverse(ending);
        CloseHelper.closeAll(errorHandler, ending);
        CloseHelper.closeAll(errorHandler, subscribers);
    }
}
