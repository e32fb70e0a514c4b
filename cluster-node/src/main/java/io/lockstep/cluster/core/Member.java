package io.lockstep.cluster.core;

/** Somebody who takes part in consumers and groups while a lease lasts. */
final class Member {
    private final long id;
    private long leaseNs;
    private long renewedNs;

    Member(final long id, final long leaseNs, final long renewedNs) {
        this.id = id;
        this.leaseNs = leaseNs;
        this.renewedNs = renewedNs;
    }

    void renew(final long nowNs) {
        renewedNs = nowNs;
    }

    void renew(final long nowNs, final long newLeaseNs) {
        renewedNs = nowNs;
        leaseNs = newLeaseNs;
    }

    long id() {
        return id;
    }

    long leaseNs() {
        return leaseNs;
    }

    long renewedNs() {
        return renewedNs;
    }
}
