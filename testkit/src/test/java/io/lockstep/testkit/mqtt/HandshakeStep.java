package io.lockstep.testkit.mqtt;

/** Where in the handshakes something is killed; the sender's steps of each QoS first, then the receiver's. */
enum HandshakeStep {
    PUBLISH_SENT(2),
    PUBREC_READ(2),
    PUBREL_SENT(2),
    PUBCOMP_READ(2),
    PUBLISH_READ(2),
    PUBREC_SENT(2),
    PUBREL_READ(2),
    PUBCOMP_SENT(2),

    /** What became of the message is anybody's guess. */
    QOS1_PUBLISH_SENT(1),
    /** The gateway has handed the message over, and only the leader can have it. */
    QOS1_NOT_COMMITTED(1),
    /** The message is committed, and the gateway does not know it. */
    QOS1_COMMITTED(1),
    PUBACK_READ(1),
    QOS1_PUBLISH_READ(1),
    /** The gateway has the PUBACK, and the cluster cannot note it. */
    PUBACK_SENT(1);

    private final int qos;

    HandshakeStep(final int qos) {
        this.qos = qos;
    }

    int qos() {
        return qos;
    }

    /** Whether processes are stopped so that nothing is committed meanwhile. */
    boolean holdsCommits() {
        return this == QOS1_NOT_COMMITTED || this == QOS1_COMMITTED || this == PUBACK_SENT;
    }
}
