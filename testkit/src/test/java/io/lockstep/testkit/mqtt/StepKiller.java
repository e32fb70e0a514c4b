package io.lockstep.testkit.mqtt;

import com.fasterxml.jackson.databind.JsonNode;
import io.lockstep.config.NodeEndpoint;
import io.lockstep.testkit.Await;
import io.lockstep.testkit.process.ProcessCluster;
import java.io.File;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.agrona.IoUtil;

/**
 * Kills the gateway of the clients, the leader of a message's shard or both at a step, and lets processes stand still to get
 * there; then all clients go on at the other of two gateways. The test's thread owns it.
 */
final class StepKiller {
    private static final long READY_NS = TimeUnit.SECONDS.toNanos(120);
    private static final int CONNECT_TIMEOUT_S = 60;
    private static final int NONE = -1;

    /** What is killed. */
    enum Victim {
        GATEWAY,
        LEADER,
        BOTH
    }

    /** A client that goes on at another gateway. */
    interface Client {
        void connectAgain() throws IOException;
    }

    private final List<Client> clients = new ArrayList<>();
    private final List<Integer> frozenNodes = new ArrayList<>();
    private final ProcessCluster cluster;
    private HandshakeStep step;
    private Victim victim;
    private int shardId;
    private int leader = NONE;
    private int killedNode = NONE;
    private int killedGateway = NONE;
    private int gateway;
    private boolean isGatewayFrozen;
    private long takenBefore;
    private long committedBefore;

    StepKiller(final ProcessCluster cluster) {
        this.cluster = cluster;
    }

    void add(final Client client) {
        clients.add(client);
    }

    int gateway() {
        return gateway;
    }

    /** The next message is of a shard, and something is killed at one of its steps. */
    void arm(final HandshakeStep newStep, final Victim newVictim, final int newShardId) {
        step = newStep;
        victim = newVictim;
        shardId = newShardId;
    }

    boolean isArmed(final HandshakeStep at) {
        return step == at;
    }

    boolean isArmed() {
        return step != null;
    }

    /** Kills what is to be killed at this step, if it is now; then the clients have other connections. */
    boolean isKilledAt(final HandshakeStep at) throws IOException {
        if (step != at) {
            return false;
        }
        step = null;
        if (victim != Victim.GATEWAY) {
            killedNode = leader == NONE ? cluster.awaitLeader(shardId, READY_NS) : leader;
            cluster.killNode(killedNode);
        }
        if (victim != Victim.LEADER) {
            killGateway(gateway);
            isGatewayFrozen = false;
        }
        thaw();
        if (victim != Victim.LEADER) {
            cluster.startGateway(gateway);
        }
        gateway = 1 - gateway;
        for (final Client client : clients) {
            client.connectAgain();
        }
        return true;
    }

    /** Kills a gateway and the leader of a shard at once. */
    void killTogether(final int gatewayId, final int ofShardId) {
        killedNode = cluster.awaitLeader(ofShardId, READY_NS);
        cluster.killNode(killedNode);
        killGateway(gatewayId);
        killedGateway = gatewayId;
    }

    private void killGateway(final int gatewayId) {
        final long pid = cluster.gatewayPid(gatewayId);
        cluster.killGateway(gatewayId);
        deleteDriver(pid);
    }

    /** Lets go on what stands still, starts what was killed, and waits until all is well. */
    void heal() {
        thaw();
        if (killedNode != NONE) {
            cluster.startNode(killedNode);
            killedNode = NONE;
        }
        if (killedGateway != NONE) {
            cluster.startGateway(killedGateway);
            killedGateway = NONE;
        }
        cluster.awaitReady(READY_NS);
    }

    /** From now on the shard commits nothing: its followers stand still. */
    void holdCommits() {
        leader = cluster.awaitLeader(shardId, READY_NS);
        takenBefore = takenByGateway();
        committedBefore = committed();
        for (final NodeEndpoint node : cluster.config().nodes()) {
            if (node.id() != leader && cluster.isNodeAlive(node.id())) {
                cluster.freezeNode(node.id(), true);
                frozenNodes.add(node.id());
            }
        }
    }

    /** How many messages the shard has committed, for a report. */
    String commits() {
        return committedBefore + " were committed before it, " + committed() + " are now, node " + leader
                + " led shard " + shardId + ", nodes " + frozenNodes + " stood still";
    }

    /** Waits until the gateway has handed over a message that came after commits were held. */
    void awaitTaken() {
        Await.await("the gateway has handed the message over", () -> takenByGateway() > takenBefore);
    }

    /** Lets the message be committed while its gateway stands still. */
    void awaitCommittedUnknownToGateway() {
        awaitTaken();
        cluster.freezeGateway(gateway, true);
        isGatewayFrozen = true;
        thawNodes();
        Await.await("the message is committed while the gateway stands still", () -> committed() > committedBefore);
    }

    MqttTestClient connect(final int gatewayId, final String clientId, final MqttTestClient.Will will) {
        final AtomicReference<MqttTestClient> client = new AtomicReference<>();
        Await.await(
                clientId + " is connected",
                CONNECT_TIMEOUT_S,
                () -> {
                    try {
                        client.set(new MqttTestClient(
                                cluster.config().gateways().get(gatewayId).mqttPort(), clientId, will));
                        return true;
                    } catch (final IOException ex) {
                        // Refused while a shard has no leader.
                        return false;
                    }
                },
                () -> "gateway " + gatewayId);
        return client.get();
    }

    private void thaw() {
        thawNodes();
        if (isGatewayFrozen) {
            cluster.freezeGateway(gateway, false);
            isGatewayFrozen = false;
        }
    }

    private void thawNodes() {
        frozenNodes.forEach(nodeId -> cluster.freezeNode(nodeId, false));
        frozenNodes.clear();
        leader = NONE;
    }

    private long takenByGateway() {
        final JsonNode status = cluster.gatewayStatus(gateway);
        return status == null ? -1 : status.path("messagesIn").asLong();
    }

    private long committed() {
        long count = -1;
        for (final NodeEndpoint node : cluster.config().nodes()) {
            final JsonNode status = frozenNodes.contains(node.id()) ? null : cluster.status(node.id());
            if (status != null) {
                count = Math.max(
                        count,
                        status.path("shards").path(shardId).path("messageCount").asLong());
            }
        }
        return count;
    }

    // The next client of the machine would remove it, but there may be none.
    private static void deleteDriver(final long pid) {
        final File[] left =
                new File("/dev/shm").listFiles((dir, name) -> name.startsWith("lockstep-client-" + pid + '-'));
        for (final File directory : left == null ? new File[0] : left) {
            IoUtil.delete(directory, true);
        }
    }
}
