package io.lockstep.gateway;

import io.lockstep.config.AccessConfig;
import io.lockstep.config.ClusterConfig;
import io.lockstep.config.GatewayEndpoint;
import io.lockstep.config.MqttLimits;
import io.lockstep.config.NodeEndpoint;
import io.lockstep.gateway.mqtt.MqttOptions;
import io.lockstep.gateway.session.ClientRates;
import io.lockstep.gateway.session.GatewayLimits;
import io.lockstep.gateway.session.OpeningLimits;
import java.util.List;
import java.util.Objects;

/**
 * What one gateway process needs to know. Immutable.
 *
 * @param clusterName of the cluster that it serves.
 * @param endpoint    where it listens.
 * @param nodes       of the cluster, in the order of their ids.
 * @param limits      of sessions and queues.
 * @param options     how it speaks MQTT.
 * @param access      who may come in.
 * @param clusterSecret by which the cluster trusts the gateway; empty where there is none.
 */
public record GatewayConfig(
        String clusterName,
        GatewayEndpoint endpoint,
        List<NodeEndpoint> nodes,
        GatewayLimits limits,
        MqttOptions options,
        AccessConfig access,
        String clusterSecret) {

    /** Checks the arguments. */
    public GatewayConfig {
        Objects.requireNonNull(clusterName, "clusterName");
        Objects.requireNonNull(endpoint, "endpoint");
        Objects.requireNonNull(limits, "limits");
        Objects.requireNonNull(options, "options");
        Objects.requireNonNull(access, "access");
        Objects.requireNonNull(clusterSecret, "clusterSecret");
        nodes = List.copyOf(nodes);
        if (nodes.isEmpty()) {
            throw new IllegalArgumentException("a gateway needs at least one node to connect to");
        }
    }

    /**
     * A gateway with the default options.
     *
     * @param clusterName of the cluster that it serves.
     * @param endpoint    where it listens.
     * @param nodes       of the cluster, in the order of their ids.
     * @param limits      of sessions and queues.
     */
    public GatewayConfig(
            final String clusterName,
            final GatewayEndpoint endpoint,
            final List<NodeEndpoint> nodes,
            final GatewayLimits limits) {
        this(clusterName, endpoint, nodes, limits, MqttOptions.DEFAULTS, AccessConfig.DEFAULTS);
    }

    /**
     * A gateway of a cluster without a secret.
     *
     * @param clusterName         of the cluster that it serves.
     * @param endpoint            where it listens.
     * @param nodes               of the cluster, in the order of their ids.
     * @param limits              of sessions and queues.
     * @param options             how it speaks MQTT.
     * @param access              who may come in.
     */
    public GatewayConfig(
            final String clusterName,
            final GatewayEndpoint endpoint,
            final List<NodeEndpoint> nodes,
            final GatewayLimits limits,
            final MqttOptions options,
            final AccessConfig access) {
        this(clusterName, endpoint, nodes, limits, options, access, "");
    }

    /**
     * The configuration of one of the gateways in a cluster file.
     *
     * @param config    what the file says.
     * @param gatewayId of the gateway.
     * @return its configuration.
     * @throws IllegalArgumentException where the file has no gateway of that id.
     */
    public static GatewayConfig of(final ClusterConfig config, final int gatewayId) {
        for (final GatewayEndpoint endpoint : config.gateways()) {
            if (endpoint.id() == gatewayId) {
                return new GatewayConfig(
                        config.name(),
                        endpoint,
                        config.nodes(),
                        limits(config.mqttLimits()),
                        new MqttOptions(
                                config.mqttLimits().responseInformation(),
                                config.mqttLimits().hasReasonStrings(),
                                config.mqttLimits().sysIntervalNs()),
                        config.access(),
                        config.secret());
            }
        }
        throw new IllegalArgumentException("the cluster file has no gateway with id " + gatewayId
                + "; those that it has are " + ids(config.gateways()));
    }

    /** {@inheritDoc} */
    @Override
    public String toString() {
        return "GatewayConfig{clusterName=" + clusterName + ", endpoint=" + endpoint + ", nodes=" + nodes + '}';
    }

    private static GatewayLimits limits(final MqttLimits mqttLimits) {
        final GatewayLimits defaults = GatewayLimits.DEFAULTS;
        return defaults.withCounts(mqttLimits.maxSessions(), defaults.maxSubscriptions())
                .withClientBounds(mqttLimits.receiveMaximum(), defaults.maxPendingBytes())
                .withMaxPacketBytes(mqttLimits.maxPacketBytes())
                .withTopicAliasMaximum(mqttLimits.topicAliasMaximum())
                .withOpenings(new OpeningLimits(
                        mqttLimits.maxOpening(), defaults.openings().timeoutNs()))
                .withClientRates(new ClientRates(mqttLimits.maxClientRate(), mqttLimits.maxClientBytesRate()));
    }

    private static List<Integer> ids(final List<GatewayEndpoint> gateways) {
        return gateways.stream().map(GatewayEndpoint::id).toList();
    }
}
