package io.lockstep.gateway.aeron;

import org.agrona.collections.Long2ObjectHashMap;

/**
 * Which session published last as a producer with an epoch in one shard: that one gets the answers, which carry nothing
 * else. Steady publishing allocates nothing.
 */
final class ProducerOwners {
    private final Long2ObjectHashMap<Owner> ownersByProducerId = new Long2ObjectHashMap<>();

    private static final class Owner {
        private final int epoch;
        private FrontSession session;
        private Owner other;

        private Owner(final int epoch, final FrontSession session, final Owner other) {
            this.epoch = epoch;
            this.session = session;
            this.other = other;
        }
    }

    /** Notes who publishes; false where the session has too many producers. */
    boolean note(final long producerId, final int epoch, final FrontSession session) {
        final Owner first = ownersByProducerId.get(producerId);
        for (Owner owner = first; owner != null; owner = owner.other) {
            if (owner.epoch == epoch) {
                if (owner.session != session) {
                    owner.session.producerCount(-1);
                    owner.session = session;
                    session.producerCount(1);
                }
                return true;
            }
        }
        if (session.producerCount() >= FrontLimits.MAX_PRODUCERS) {
            return false;
        }
        ownersByProducerId.put(producerId, new Owner(epoch, session, first));
        session.producerCount(1);
        return true;
    }

    /** Who gets answers; null where nobody does. */
    FrontSession find(final long producerId, final int epoch) {
        for (Owner owner = ownersByProducerId.get(producerId); owner != null; owner = owner.other) {
            if (owner.epoch == epoch) {
                return owner.session;
            }
        }
        return null;
    }

    /** The session is over. */
    void remove(final FrontSession session) {
        if (session.producerCount() > 0) {
            ownersByProducerId.entrySet().removeIf(entry -> {
                final Owner left = without(entry.getValue(), session);
                if (left != null && left != entry.getValue()) {
                    entry.setValue(left);
                }
                return left == null;
            });
        }
    }

    private static Owner without(final Owner first, final FrontSession session) {
        Owner left = null;
        for (Owner owner = first; owner != null; owner = owner.other) {
            if (owner.session != session) {
                left = new Owner(owner.epoch, owner.session, left);
            }
        }
        return left;
    }
}
