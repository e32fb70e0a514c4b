package io.lockstep.gateway;

import io.lockstep.archive.idle.DriverSockets;
import io.lockstep.archive.idle.SocketIdleStrategy;
import io.lockstep.client.ClientConfig;
import io.lockstep.client.EmbeddedDriverMode;
import io.lockstep.config.GatewayEndpoint;
import io.lockstep.gateway.bridge.BridgeAgent;
import io.lockstep.gateway.bridge.BridgeProxy;
import io.lockstep.gateway.bridge.ClusterAccess;
import io.lockstep.gateway.bridge.ClusterLinkSupplier;
import io.lockstep.gateway.bridge.GatewayCounters;
import io.lockstep.gateway.bridge.LockstepClusterLink;
import io.lockstep.gateway.bridge.SysTopics;
import io.lockstep.gateway.mqtt.MqttContext;
import io.lockstep.gateway.mqtt.MqttFrontEnd;
import io.lockstep.gateway.mqtt.MqttListener;
import io.lockstep.gateway.mqtt.MqttTransport;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.handler.ssl.SslContext;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.net.InetSocketAddress;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.agrona.CloseHelper;
import org.agrona.concurrent.AgentRunner;
import org.agrona.concurrent.SystemEpochNanoClock;
import org.agrona.concurrent.SystemNanoClock;

/**
 * A running gateway: event loops, the bridge thread, the MQTT front end and HTTP, in this order, and closed in reverse.
 * It starts without the cluster and refuses clients until the cluster is there. The thread that made it owns it.
 */
public final class LockstepGateway implements AutoCloseable {
    // The bridge, and on small machines the nodes, need the others.
    private static final int EVENT_LOOPS = Math.max(1, Runtime.getRuntime().availableProcessors() / 2);
    private static final long CONNECT_TIMEOUT_NS = TimeUnit.SECONDS.toNanos(5);
    // What comes in a quick row is taken together.
    private static final long PARK_NS = TimeUnit.MICROSECONDS.toNanos(50);
    // Some work comes with time: of media driver, client and sessions.
    private static final long MAX_SLEEP_MS = 1;
    private static final long CLOSE_TIMEOUT_MS = 2_000;

    private final GatewayCounters counters = new GatewayCounters();
    private final EventLoopGroup eventLoops;
    private final DriverSockets driverSockets;
    private final AgentRunner bridgeRunner;
    private final GatewayAccess access;
    private final BridgeProxy proxy;
    private final MqttFrontEnd mqtt;
    private final HttpEndpoint http;
    private final AeronListener aeron;
    private boolean isClosed;

    private LockstepGateway(
            final GatewayConfig config,
            final ClusterLinkSupplier linkSupplier,
            final DriverSockets driverSockets,
            final ClientConfig clientConfig,
            final ClusterAccess clusterAccess,
            final Consumer<String> logger,
            final Consumer<Throwable> onFailure) {
        this.driverSockets = driverSockets;
        final String host = config.endpoint().host();
        access = new GatewayAccess(config, logger);
        clusterAccess.rulesListener(access::onClusterRules);
        eventLoops = new MultiThreadIoEventLoopGroup(
                EVENT_LOOPS, new DefaultThreadFactory("gateway-io"), NioIoHandler.newFactory());
        final SocketIdleStrategy bridgeIdleStrategy = new SocketIdleStrategy(driverSockets, PARK_NS, MAX_SLEEP_MS);
        proxy = new BridgeProxy(
                config.limits().commandQueueLength(), config.limits().commandQueueBytes(), bridgeIdleStrategy::wake);
        final SysTopics sysTopics = new SysTopics(
                config.endpoint().id(),
                version(),
                config.options().sysIntervalNs(),
                counters,
                SystemNanoClock.INSTANCE.nanoTime());
        final BridgeAgent bridge = new BridgeAgent(
                proxy, linkSupplier, config.limits(), counters, sysTopics, SystemNanoClock.INSTANCE, logger);
        bridgeRunner = new AgentRunner(bridgeIdleStrategy, onFailure::accept, null, bridge);
        AgentRunner.startOnThread(bridgeRunner);
        MqttFrontEnd newMqtt = null;
        AeronListener newAeron = null;
        try {
            final MqttContext context = new MqttContext(
                    proxy,
                    config.limits(),
                    counters,
                    SystemEpochNanoClock.INSTANCE,
                    logger,
                    config.options(),
                    access.policy(),
                    clusterAccess::onRefused);
            newMqtt = new MqttFrontEnd(context, eventLoops);
            listen(newMqtt, config.endpoint(), access::tls);
            newAeron = AeronListener.start(
                    config.endpoint(),
                    clientConfig,
                    new AeronAccess(access.policy(), clusterAccess),
                    logger,
                    onFailure);
            http = new HttpEndpoint(
                    new GatewayStatus(
                            config.endpoint().id(),
                            config.clusterName(),
                            proxy,
                            counters,
                            newMqtt.listeners(),
                            newAeron,
                            context.drainState()),
                    newMqtt::sendElsewhere,
                    eventLoops,
                    new InetSocketAddress(host, config.endpoint().httpPort()));
        } catch (final RuntimeException ex) {
            CloseHelper.quietCloseAll(newAeron, newMqtt, bridgeRunner, driverSockets, access);
            shutDownEventLoops();
            throw ex;
        }
        mqtt = newMqtt;
        aeron = newAeron;
        access.start(mqtt, onFailure);
    }

    /**
     * Starts a gateway.
     *
     * @param config    of the gateway.
     * @param logger    takes one line for each event that an operator should know; any thread.
     * @param onFailure is told of an error after which the gateway cannot be trusted; the caller then ends the process.
     * @return the gateway, listening.
     */
    public static LockstepGateway start(
            final GatewayConfig config, final Consumer<String> logger, final Consumer<Throwable> onFailure) {
        final ClusterAccess clusterAccess = new ClusterAccess();
        final DriverSockets driverSockets = new DriverSockets();
        // The bridge thread runs everything itself: a message is handed from no thread to another on its way.
        final ClientConfig bridgeConfig = clientConfig(config)
                .embeddedDriverMode(EmbeddedDriverMode.INVOKER)
                .driverSockets(driverSockets);
        return new LockstepGateway(
                config,
                listener -> new LockstepClusterLink(
                        bridgeConfig, config.limits().publishTimeoutNs(), listener, logger, clusterAccess),
                driverSockets,
                clientConfig(config),
                clusterAccess,
                logger,
                onFailure);
    }

    static LockstepGateway start(
            final GatewayConfig config,
            final ClusterLinkSupplier linkSupplier,
            final Consumer<String> logger,
            final Consumer<Throwable> onFailure) {
        return new LockstepGateway(
                config,
                linkSupplier,
                new DriverSockets(),
                clientConfig(config),
                new ClusterAccess(),
                logger,
                onFailure);
    }

    private static ClientConfig clientConfig(final GatewayConfig config) {
        return new ClientConfig()
                .nodes(config.nodes())
                .clientName("gateway-" + config.endpoint().id())
                .clusterSecret(config.clusterSecret())
                .connectTimeoutNs(CONNECT_TIMEOUT_NS);
    }

    /**
     * Port of MQTT over TCP.
     *
     * @return the port that is listened on, or {@link GatewayEndpoint#NO_PORT}.
     */
    public int mqttPort() {
        return mqtt.listeners().stream()
                .filter(listener -> listener.transport() == MqttTransport.TCP)
                .mapToInt(MqttListener::port)
                .findAny()
                .orElse(GatewayEndpoint.NO_PORT);
    }

    /**
     * Where clients connect.
     *
     * @return all listeners of MQTT.
     */
    public List<MqttListener> mqttListeners() {
        return mqtt.listeners();
    }

    /**
     * Port for native clients.
     *
     * @return the first of two UDP ports, or {@link GatewayEndpoint#NO_PORT}.
     */
    public int aeronPort() {
        return aeron == null ? GatewayEndpoint.NO_PORT : aeron.port();
    }

    /**
     * Port of health and status.
     *
     * @return the port that is listened on.
     */
    public int httpPort() {
        return http.port();
    }

    /**
     * Whether clients can be served.
     *
     * @return true while every shard answers and is read.
     */
    public boolean isHealthy() {
        return proxy.isHealthy() && (aeron == null || aeron.isListening());
    }

    /**
     * What the gateway counted.
     *
     * @return counters that any thread may read.
     */
    public GatewayCounters counters() {
        return counters;
    }

    /** Stops listening, answers what was read, tells the clients, and leaves the cluster. Closing twice is harmless. */
    @Override
    public void close() {
        if (isClosed) {
            return;
        }
        isClosed = true;
        mqtt.drain();
        CloseHelper.closeAll(http, aeron, mqtt, bridgeRunner, driverSockets, access);
        shutDownEventLoops();
    }

    // A class folder has no version.
    private static String version() {
        final String version = LockstepGateway.class.getPackage().getImplementationVersion();
        return "lockstep " + (version == null ? "(unpackaged)" : version);
    }

    private static void listen(
            final MqttFrontEnd mqtt, final GatewayEndpoint endpoint, final Supplier<SslContext> tls) {
        final Map<MqttTransport, Integer> ports = new EnumMap<>(MqttTransport.class);
        ports.put(MqttTransport.TCP, endpoint.mqttPort());
        ports.put(MqttTransport.TLS, endpoint.mqttTlsPort());
        ports.put(MqttTransport.WEB_SOCKET, endpoint.mqttWsPort());
        ports.put(MqttTransport.SECURE_WEB_SOCKET, endpoint.mqttWssPort());
        ports.forEach((transport, port) -> {
            if (port != GatewayEndpoint.NO_PORT) {
                mqtt.listen(transport, new InetSocketAddress(endpoint.host(), port), tls);
            }
        });
    }

    private void shutDownEventLoops() {
        eventLoops
                .shutdownGracefully(0, CLOSE_TIMEOUT_MS, TimeUnit.MILLISECONDS)
                .awaitUninterruptibly(CLOSE_TIMEOUT_MS, TimeUnit.MILLISECONDS);
    }
}
