package io.lockstep.perf.rig;

import io.lockstep.config.GatewayEndpoint;
import io.lockstep.testkit.process.ProcessCluster;
import java.net.InetSocketAddress;
import java.util.LinkedHashMap;
import java.util.Map;
import org.agrona.CloseHelper;

/** Lockstep behind MQTT: three node processes and a gateway process, and MQTT clients on the load thread. */
final class GatewayRig implements Rig {
    private final LockstepRig rig;
    private final int publisherCount;

    GatewayRig(final LockstepRig rig, final int publisherCount) {
        this.rig = rig;
        this.publisherCount = publisherCount;
    }

    /** {@inheritDoc} */
    @Override
    public String name() {
        return "gateway";
    }

    /** {@inheritDoc} */
    @Override
    public Map<String, Object> settings() {
        final Map<String, Object> settings = new LinkedHashMap<>(rig.settings());
        settings.remove("window");
        settings.remove("readerNode");
        settings.put("gateways", 1);
        settings.put("publishers", publisherCount);
        return settings;
    }

    /** {@inheritDoc} */
    @Override
    public LoadTarget start() {
        if (!ProcessCluster.hasGatewayProcess()) {
            throw new IllegalStateException("the gateway is not on the class path; use scripts/lockstep");
        }
        final ProcessCluster cluster = rig.startCluster(1);
        try {
            final GatewayEndpoint gateway = cluster.config().gateways().get(0);
            return MqttTarget.connect(
                    cluster, new InetSocketAddress(gateway.host(), gateway.mqttPort()), publisherCount);
        } catch (final RuntimeException ex) {
            CloseHelper.quietClose(cluster);
            throw ex;
        }
    }
}
