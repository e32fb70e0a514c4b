package io.lockstep.perf.rig;

import io.lockstep.perf.echo.EchoClient;
import io.lockstep.perf.echo.EchoCluster;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.agrona.CloseHelper;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.IdleStrategy;

/** The floor: three processes of a bare Aeron Cluster that echoes. */
final class EchoRig implements Rig {
    private static final int NODE_COUNT = 3;
    private static final long START_TIMEOUT_NS = TimeUnit.SECONDS.toNanos(60);

    private final int basePort;
    private final Path dataDir;

    EchoRig(final int basePort, final Path dataDir) {
        this.basePort = basePort;
        this.dataDir = dataDir;
    }

    /** {@inheritDoc} */
    @Override
    public String name() {
        return "echo";
    }

    /** {@inheritDoc} */
    @Override
    public Map<String, Object> settings() {
        final Map<String, Object> settings = new LinkedHashMap<>();
        settings.put("nodes", NODE_COUNT);
        settings.put("durability", "replicated");
        return settings;
    }

    /** {@inheritDoc} */
    @Override
    public LoadTarget start() {
        final EchoCluster cluster = EchoCluster.launch(NODE_COUNT, basePort, dataDir);
        try {
            return new Target(cluster, cluster.connect(START_TIMEOUT_NS));
        } catch (final RuntimeException ex) {
            CloseHelper.quietClose(cluster);
            throw ex;
        }
    }

    /** A client together with the cluster that it talks to. */
    private static final class Target implements LoadTarget {
        private final EchoCluster cluster;
        private final EchoClient client;

        Target(final EchoCluster cluster, final EchoClient client) {
            this.cluster = cluster;
            this.client = client;
        }

        @Override
        public void sink(final Sink newSink) {
            client.sink(newSink);
        }

        @Override
        public boolean offer(final DirectBuffer buffer, final int offset, final int length) {
            return client.offer(buffer, offset, length);
        }

        @Override
        public int poll() {
            return client.poll();
        }

        @Override
        public String fault() {
            return client.fault();
        }

        @Override
        public IdleStrategy newIdleStrategy() {
            return client.newIdleStrategy();
        }

        @Override
        public void close() {
            CloseHelper.closeAll(client, cluster);
        }
    }
}
