package io.lockstep.perf.rig;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.agrona.CloseHelper;
import org.agrona.IoUtil;

/** One mosquitto process, without replication and without a disk: what MQTT costs at the least. */
final class MosquittoRig implements Rig {
    private static final long START_TIMEOUT_NS = TimeUnit.SECONDS.toNanos(20);
    private static final long STOP_TIMEOUT_S = 10;
    private static final long PARK_NS = TimeUnit.MILLISECONDS.toNanos(10);
    // As many as the gateway takes from a client at once.
    private static final int MAX_INFLIGHT = 100;

    private final String program;
    private final int port;
    private final Path dataDir;
    private final int publisherCount;

    MosquittoRig(final String program, final int port, final Path dataDir, final int publisherCount) {
        this.program = program;
        this.port = port;
        this.dataDir = dataDir;
        this.publisherCount = publisherCount;
    }

    /** {@inheritDoc} */
    @Override
    public String name() {
        return "mosquitto";
    }

    /** {@inheritDoc} */
    @Override
    public Map<String, Object> settings() {
        final Map<String, Object> settings = new LinkedHashMap<>();
        settings.put("nodes", 1);
        settings.put("maxInflight", MAX_INFLIGHT);
        settings.put("publishers", publisherCount);
        return settings;
    }

    /** {@inheritDoc} */
    @Override
    public LoadTarget start() {
        final Broker broker = launch();
        try {
            final InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
            broker.await(address);
            return MqttTarget.connect(broker, address, publisherCount);
        } catch (final RuntimeException ex) {
            CloseHelper.quietClose(broker);
            throw ex;
        }
    }

    private Broker launch() {
        try {
            Files.createDirectories(dataDir);
            final Path folder = Files.createTempDirectory(dataDir, "mosquitto-bench-");
            final Path config = folder.resolve("mosquitto.conf");
            Files.write(
                    config,
                    List.of(
                            "listener " + port + " 127.0.0.1",
                            "allow_anonymous true",
                            "persistence false",
                            "set_tcp_nodelay true",
                            "max_inflight_messages " + MAX_INFLIGHT,
                            "max_queued_messages 0"));
            try {
                return new Broker(
                        new ProcessBuilder(program, "-c", config.toString())
                                .redirectErrorStream(true)
                                .redirectOutput(folder.resolve("mosquitto.out").toFile())
                                .start(),
                        folder);
            } catch (final IOException ex) {
                IoUtil.delete(folder.toFile(), true);
                throw ex;
            }
        } catch (final IOException ex) {
            throw new UncheckedIOException(
                    "cannot run '" + program
                            + "': install Debian's package mosquitto, or name the program with --mosquitto",
                    ex);
        }
    }

    private record Broker(Process process, Path folder) implements AutoCloseable {
        void await(final InetSocketAddress address) {
            final long beganNs = System.nanoTime();
            while (true) {
                try {
                    MqttLink.connect(address, "bench-probe", new Nobody(), START_TIMEOUT_NS)
                            .close();
                    return;
                } catch (final UncheckedIOException ex) {
                    if (!process.isAlive() || System.nanoTime() - beganNs > START_TIMEOUT_NS) {
                        throw new IllegalStateException("mosquitto does not listen: " + output(), ex);
                    }
                    LockSupport.parkNanos(PARK_NS);
                }
            }
        }

        private String output() {
            try {
                return Files.readString(folder.resolve("mosquitto.out")).strip();
            } catch (final IOException ex) {
                return "its output cannot be read: " + ex.getMessage();
            }
        }

        @Override
        public void close() {
            process.destroyForcibly();
            try {
                if (!process.waitFor(STOP_TIMEOUT_S, TimeUnit.SECONDS)) {
                    System.err.println("mosquitto with pid " + process.pid() + " did not end within " + STOP_TIMEOUT_S
                            + " s after SIGKILL");
                }
            } catch (final InterruptedException ex) {
                Thread.currentThread().interrupt();
            }
            IoUtil.delete(folder.toFile(), true);
        }
    }

    private static final class Nobody implements MqttLink.Listener {
        @Override
        public void onPublish(final org.agrona.DirectBuffer buffer, final int offset, final int length) {
            throw new IllegalStateException("a probe has no subscription");
        }

        @Override
        public void onPubAck(final int packetId, final int reasonCode) {
            throw new IllegalStateException("a probe publishes nothing");
        }
    }
}
