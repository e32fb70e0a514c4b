package io.lockstep.config;

import io.lockstep.topic.TopicRoute;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** Reads a cluster file, lets environment variables override it, and checks every word of both. No state. */
public final class ClusterConfigLoader {
    private static final String PREFIX = "LOCKSTEP_";

    private ClusterConfigLoader() {}

    /**
     * Reads a cluster file under the environment of this process.
     *
     * @param file in YAML.
     * @return what it says, with defaults where it says nothing.
     * @throws ConfigException with one sentence for the operator where the file or a variable cannot be used.
     */
    public static ClusterConfig load(final Path file) {
        return load(file, System.getenv());
    }

    /**
     * Reads a cluster file under a given environment.
     *
     * @param file        in YAML.
     * @param environment variables that override keys; those of other programs are ignored.
     * @return what it says, with defaults where it says nothing.
     * @throws ConfigException with one sentence for the operator where the file or a variable cannot be used.
     */
    public static ClusterConfig load(final Path file, final Map<String, String> environment) {
        final ConfigFile words = ConfigFile.parse(file.toString(), read(file));
        override(words, environment);
        return build(file, words);
    }

    /**
     * Values of the engine's settings where no file says anything.
     *
     * @return all settings.
     */
    public static Map<EngineSetting, Long> defaultSettings() {
        final Map<EngineSetting, Long> settings = new EnumMap<>(EngineSetting.class);
        for (final EngineSetting setting : EngineSetting.values()) {
            settings.put(setting, setting.defaultValue());
        }
        return settings;
    }

    private static String read(final Path file) {
        try {
            return Files.readString(file);
        } catch (final NoSuchFileException ex) {
            throw new ConfigException(
                    "there is no cluster file " + file + "; name one that exists, or start from conf/lockstep.yaml",
                    ex);
        } catch (final CharacterCodingException ex) {
            throw new ConfigException(file + ": this is not UTF-8 text", ex);
        } catch (final IOException ex) {
            throw new ConfigException("the cluster file " + file + " cannot be read: " + ex, ex);
        }
    }

    private static void override(final ConfigFile words, final Map<String, String> environment) {
        final Map<String, ConfigKey> variables = new LinkedHashMap<>();
        final Set<String> sections = new TreeSet<>();
        for (final ConfigKey key : ConfigKeys.byName().values()) {
            final String variable = key.environmentVariable();
            variables.put(variable, key);
            final int end = variable.indexOf('_', PREFIX.length());
            sections.add(end < 0 ? variable : variable.substring(0, end + 1));
        }
        for (final Map.Entry<String, String> entry : new TreeMap<>(environment).entrySet()) {
            final String variable = entry.getKey();
            final ConfigKey key = variables.get(variable);
            final String place = "environment variable " + variable;
            if (key == null) {
                if (sections.stream().anyMatch(variable::startsWith)) {
                    throw new ConfigException(place + ": no key has this variable; did you mean "
                            + ConfigKeys.nearest(variable, variables.keySet()) + "?");
                }
            } else if (key.equals(ConfigKeys.NODES)) {
                words.override(
                        key,
                        items(place, entry.getValue(), ConfigKeys.NODE_ID, ConfigKeys.NODE_HOST, ConfigKeys.NODE_PORT),
                        place);
            } else if (key.equals(ConfigKeys.ROUTES)) {
                words.override(key, routeItems(place, entry.getValue()), place);
            } else if (key.equals(ConfigKeys.GATEWAYS)) {
                words.override(
                        key,
                        items(
                                place,
                                entry.getValue(),
                                ConfigKeys.GATEWAY_ID,
                                ConfigKeys.GATEWAY_HOST,
                                ConfigKeys.GATEWAY_MQTT_PORT,
                                ConfigKeys.GATEWAY_HTTP_PORT),
                        place);
            } else {
                words.override(key, new ConfigFile.Value(entry.getValue(), place));
            }
        }
    }

    /** Reads {@code id=host:port,…}; the last key's parts are split off from the right, so that a host may hold colons. */
    private static List<ConfigFile.Item> items(
            final String place, final String text, final ConfigKey id, final ConfigKey host, final ConfigKey... ports) {
        final List<ConfigFile.Item> items = new ArrayList<>();
        if (text.isBlank()) {
            return items;
        }
        for (final String part : text.split(",", -1)) {
            final Map<String, ConfigFile.Value> values = new LinkedHashMap<>();
            String rest = part.trim();
            for (int i = ports.length - 1; i >= 0; i--) {
                final int colon = rest.lastIndexOf(':');
                if (colon < 0) {
                    throw malformed(place, part, ports.length);
                }
                values.put(ports[i].name(), new ConfigFile.Value(rest.substring(colon + 1), place));
                rest = rest.substring(0, colon);
            }
            final int equals = rest.indexOf('=');
            if (equals < 0) {
                throw malformed(place, part, ports.length);
            }
            values.put(id.name(), new ConfigFile.Value(rest.substring(0, equals), place));
            values.put(host.name(), new ConfigFile.Value(rest.substring(equals + 1), place));
            items.add(new ConfigFile.Item(values, place));
        }
        return items;
    }

    /** Reads {@code prefix=shard,…}; split at the last {@code =}, because a prefix may hold one. */
    private static List<ConfigFile.Item> routeItems(final String place, final String text) {
        final List<ConfigFile.Item> items = new ArrayList<>();
        if (text.isBlank()) {
            return items;
        }
        for (final String part : text.split(",", -1)) {
            final int equals = part.lastIndexOf('=');
            if (equals < 0) {
                throw new ConfigException(place
                        + ": it takes prefix=shard for each item, with commas between them, but one is '" + part + "'");
            }
            final Map<String, ConfigFile.Value> values = new LinkedHashMap<>();
            values.put(
                    ConfigKeys.ROUTE_PREFIX.name(),
                    new ConfigFile.Value(part.substring(0, equals).trim(), place));
            values.put(
                    ConfigKeys.ROUTE_SHARD.name(),
                    new ConfigFile.Value(part.substring(equals + 1).trim(), place));
            items.add(new ConfigFile.Item(values, place));
        }
        return items;
    }

    private static ConfigException malformed(final String place, final String part, final int portCount) {
        return new ConfigException(place + ": it takes "
                + (portCount == 1 ? "id=host:port" : "id=host:mqttPort:httpPort")
                + " for each item, with commas between them, but one is '" + part + "'");
    }

    private static ClusterConfig build(final Path file, final ConfigFile words) {
        final int shardCount = (int) number(words.values(), ConfigKeys.CLUSTER_SHARDS, file.toString());
        final List<NodeEndpoint> nodes = nodes(words);
        final List<GatewayEndpoint> gateways =
                gateways(words, nodes, shardCount, file.toAbsolutePath().getParent());
        final Map<EngineSetting, Long> settings = new EnumMap<>(EngineSetting.class);
        for (final EngineSetting setting : EngineSetting.values()) {
            settings.put(setting, number(words.values(), ConfigKeys.of(setting), file.toString()));
        }
        final long segmentLength = number(words.values(), ConfigKeys.JOURNAL_SEGMENT_LENGTH, file.toString());
        if (Long.bitCount(segmentLength) != 1) {
            throw refused(
                    words.values().get(ConfigKeys.JOURNAL_SEGMENT_LENGTH.name()).place(),
                    ConfigKeys.JOURNAL_SEGMENT_LENGTH,
                    "it is " + Quantity.formatBytes(segmentLength) + ", which is no power of two");
        }
        final Path parent = file.toAbsolutePath().getParent();
        try {
            return new ClusterConfig(
                    text(words.values(), ConfigKeys.CLUSTER_NAME),
                    shardCount,
                    nodes,
                    choice(words.values(), ConfigKeys.CLUSTER_PROFILE, Profile.values()),
                    choice(words.values(), ConfigKeys.CLUSTER_DURABILITY, Durability.values()),
                    secret(words.values()),
                    directory(words.values(), ConfigKeys.DIRS_BASE, parent),
                    directory(words.values(), ConfigKeys.DIRS_MARKS, parent),
                    (int) segmentLength,
                    number(words.values(), ConfigKeys.DISK_LOW_SPACE, file.toString()),
                    settings,
                    gateways,
                    routes(words, shardCount),
                    new MqttLimits(
                            (int) number(words.values(), ConfigKeys.MQTT_MAX_SESSIONS, file.toString()),
                            (int) number(words.values(), ConfigKeys.MQTT_MAX_PACKET, file.toString()),
                            (int) number(words.values(), ConfigKeys.MQTT_RECEIVE_MAXIMUM, file.toString()),
                            (int) number(words.values(), ConfigKeys.MQTT_TOPIC_ALIAS_MAXIMUM, file.toString()),
                            textOrEmpty(words.values(), ConfigKeys.MQTT_RESPONSE_INFORMATION),
                            number(words.values(), ConfigKeys.MQTT_REASON_STRINGS, file.toString()) == 1,
                            number(words.values(), ConfigKeys.MQTT_SYS_INTERVAL, file.toString()),
                            (int) number(words.values(), ConfigKeys.MQTT_MAX_OPENING, file.toString()),
                            (int) number(words.values(), ConfigKeys.MQTT_MAX_CLIENT_RATE, file.toString()),
                            number(words.values(), ConfigKeys.MQTT_MAX_CLIENT_BYTES_RATE, file.toString())),
                    access(words.values(), parent));
        } catch (final IllegalArgumentException ex) {
            throw new ConfigException(file + ": " + ex.getMessage(), ex);
        }
    }

    private static AccessConfig access(final Map<String, ConfigFile.Value> values, final Path parent) {
        return new AccessConfig(
                fileOrNull(values, ConfigKeys.ACCESS_USERS, parent),
                fileOrNull(values, ConfigKeys.ACCESS_RULES, parent),
                choice(values, ConfigKeys.ACCESS_ANONYMOUS, AccessConfig.Anonymous.values()),
                choice(values, ConfigKeys.ACCESS_CERTIFICATE_USER, AccessConfig.CertificateUser.values()));
    }

    private static Path fileOrNull(final Map<String, ConfigFile.Value> values, final ConfigKey key, final Path parent) {
        return textOrEmpty(values, key).isEmpty() ? null : directory(values, key, parent);
    }

    private static List<NodeEndpoint> nodes(final ConfigFile words) {
        final List<ConfigFile.Item> items = words.items(ConfigKeys.NODES);
        final String place = words.place(ConfigKeys.NODES);
        if (items == null || items.isEmpty()) {
            throw new ConfigException(
                    place + ": 'nodes' needs at least one item, as in '- { id: 0, host: localhost, port: 20000 }'");
        }
        final List<NodeEndpoint> nodes = new ArrayList<>();
        for (final ConfigFile.Item item : items) {
            final NodeEndpoint node = new NodeEndpoint(
                    (int) number(item.values(), ConfigKeys.NODE_ID, item.place()),
                    text(item.values(), ConfigKeys.NODE_HOST),
                    (int) number(item.values(), ConfigKeys.NODE_PORT, item.place()));
            for (final NodeEndpoint other : nodes) {
                if (other.id() == node.id()) {
                    throw new ConfigException(item.place() + ": node id " + node.id() + " is there twice");
                }
                if (other.host().equals(node.host())
                        && Math.abs(other.basePort() - node.basePort()) < NodeEndpoint.PORTS_PER_NODE) {
                    throw new ConfigException(item.place() + ": each node needs " + NodeEndpoint.PORTS_PER_NODE
                            + " ports of its own, but those of nodes " + other.id() + " and " + node.id() + " on "
                            + node.host() + " overlap (" + other.basePort() + " and " + node.basePort() + ")");
                }
            }
            nodes.add(node);
        }
        nodes.sort(Comparator.comparingInt(NodeEndpoint::id));
        return nodes;
    }

    private static List<GatewayEndpoint> gateways(
            final ConfigFile words, final List<NodeEndpoint> nodes, final int shardCount, final Path parent) {
        final List<GatewayEndpoint> gateways = new ArrayList<>();
        final List<ConfigFile.Item> items = words.items(ConfigKeys.GATEWAYS);
        final Set<String> taken = new TreeSet<>();
        for (final NodeEndpoint node : nodes) {
            final int end = node.catchupPort(shardCount - 1);
            for (int port = node.basePort(); port <= end; port++) {
                taken.add(node.endpoint(port));
            }
        }
        for (final ConfigFile.Item item : items == null ? List.<ConfigFile.Item>of() : items) {
            final GatewayEndpoint gateway = gateway(item, parent);
            if (gateways.stream().anyMatch(other -> other.id() == gateway.id())) {
                throw new ConfigException(item.place() + ": gateway id " + gateway.id() + " is there twice");
            }
            final int[] ports = {
                gateway.mqttPort(),
                gateway.mqttTlsPort(),
                gateway.mqttWsPort(),
                gateway.mqttWssPort(),
                gateway.httpPort(),
                gateway.aeronPort(),
                gateway.aeronPort() == GatewayEndpoint.NO_PORT ? GatewayEndpoint.NO_PORT : gateway.aeronPort() + 1
            };
            for (final int port : ports) {
                if (port != GatewayEndpoint.NO_PORT && !taken.add(gateway.host() + ':' + port)) {
                    throw new ConfigException(item.place() + ": port " + port + " on " + gateway.host()
                            + " already belongs to a node or another gateway");
                }
            }
            gateways.add(gateway);
        }
        gateways.sort(Comparator.comparingInt(GatewayEndpoint::id));
        return gateways;
    }

    private static GatewayEndpoint gateway(final ConfigFile.Item item, final Path parent) {
        try {
            return new GatewayEndpoint(
                    (int) number(item.values(), ConfigKeys.GATEWAY_ID, item.place()),
                    text(item.values(), ConfigKeys.GATEWAY_HOST),
                    port(item, ConfigKeys.GATEWAY_MQTT_PORT),
                    port(item, ConfigKeys.GATEWAY_MQTT_TLS_PORT),
                    port(item, ConfigKeys.GATEWAY_MQTT_WS_PORT),
                    port(item, ConfigKeys.GATEWAY_MQTT_WSS_PORT),
                    (int) number(item.values(), ConfigKeys.GATEWAY_HTTP_PORT, item.place()),
                    tls(item, parent),
                    port(item, ConfigKeys.GATEWAY_AERON_PORT),
                    (int) number(item.values(), ConfigKeys.GATEWAY_AERON_MAX_SESSIONS, item.place()));
        } catch (final IllegalArgumentException ex) {
            throw new ConfigException(item.place() + ": " + ex.getMessage(), ex);
        }
    }

    private static int port(final ConfigFile.Item item, final ConfigKey key) {
        final int port = (int) number(item.values(), key, item.place());
        return port == 0 ? GatewayEndpoint.NO_PORT : port;
    }

    private static GatewayTls tls(final ConfigFile.Item item, final Path parent) {
        final GatewayTls.ClientAuth clientAuth =
                choice(item.values(), ConfigKeys.GATEWAY_TLS_CLIENT_AUTH, GatewayTls.ClientAuth.values());
        final Path certificate = file(item, ConfigKeys.GATEWAY_TLS_CERTIFICATE, parent);
        final Path key = file(item, ConfigKeys.GATEWAY_TLS_KEY, parent);
        final Path clientCa = file(item, ConfigKeys.GATEWAY_TLS_CLIENT_CA, parent);
        if (certificate == null && key == null && clientCa == null && clientAuth == GatewayTls.ClientAuth.NONE) {
            return null;
        }
        if (certificate == null || key == null) {
            throw new ConfigException(item.place() + ": '" + ConfigKeys.GATEWAY_TLS_CERTIFICATE.name() + "' and '"
                    + ConfigKeys.GATEWAY_TLS_KEY.name() + "' go together, and one is missing");
        }
        return new GatewayTls(certificate, key, clientCa, clientAuth);
    }

    private static Path file(final ConfigFile.Item item, final ConfigKey key, final Path parent) {
        return item.values().containsKey(key.name()) ? directory(item.values(), key, parent) : null;
    }

    private static List<TopicRoute> routes(final ConfigFile words, final int shardCount) {
        final List<TopicRoute> routes = new ArrayList<>();
        final List<ConfigFile.Item> items = words.items(ConfigKeys.ROUTES);
        for (final ConfigFile.Item item : items == null ? List.<ConfigFile.Item>of() : items) {
            final String prefix = text(item.values(), ConfigKeys.ROUTE_PREFIX);
            final int shardId = (int) number(item.values(), ConfigKeys.ROUTE_SHARD, item.place());
            if (prefix == null) {
                throw new ConfigException(item.place() + ": '" + ConfigKeys.ROUTE_PREFIX.name()
                        + "' is missing; it takes " + TopicRoute.RULE);
            }
            if (shardId >= shardCount) {
                throw new ConfigException(item.place() + ": the route of '" + prefix + "' leads to shard " + shardId
                        + ", but this cluster has shards 0 to " + (shardCount - 1));
            }
            if (routes.stream().anyMatch(other -> other.prefix().equals(prefix))) {
                throw new ConfigException(item.place() + ": the route of '" + prefix + "' is there twice");
            }
            try {
                routes.add(new TopicRoute(prefix, shardId));
            } catch (final IllegalArgumentException ex) {
                throw new ConfigException(item.place() + ": " + ex.getMessage(), ex);
            }
        }
        return routes;
    }

    private static long number(final Map<String, ConfigFile.Value> values, final ConfigKey key, final String place) {
        final ConfigFile.Value value = values.get(key.name());
        if (value == null && key.defaultValue() == null) {
            throw new ConfigException(place + ": '" + key.name() + "' is missing; it takes " + key.allowed());
        }
        try {
            return key.parseNumber(value == null ? key.defaultValue() : value.text());
        } catch (final IllegalArgumentException ex) {
            throw refused(value == null ? place : value.place(), key, ex.getMessage());
        }
    }

    private static String text(final Map<String, ConfigFile.Value> values, final ConfigKey key) {
        final ConfigFile.Value value = values.get(key.name());
        if (value == null) {
            return key.defaultValue();
        }
        if (value.text().isBlank()) {
            throw refused(value.place(), key, "it is blank");
        }
        return value.text();
    }

    private static String textOrEmpty(final Map<String, ConfigFile.Value> values, final ConfigKey key) {
        final ConfigFile.Value value = values.get(key.name());
        return value == null || value.text().isEmpty() ? key.defaultValue() : text(values, key);
    }

    private static String secret(final Map<String, ConfigFile.Value> values) {
        final ConfigFile.Value value = values.get(ConfigKeys.CLUSTER_SECRET.name());
        return value == null ? ConfigKeys.CLUSTER_SECRET.defaultValue() : value.text();
    }

    private static Path directory(final Map<String, ConfigFile.Value> values, final ConfigKey key, final Path parent) {
        final String text = text(values, key);
        try {
            return parent.resolve(text).normalize();
        } catch (final java.nio.file.InvalidPathException ex) {
            throw refused(values.get(key.name()).place(), key, ex.getMessage());
        }
    }

    private static <T extends Enum<T>> T choice(
            final Map<String, ConfigFile.Value> values, final ConfigKey key, final T[] constants) {
        final String text = text(values, key);
        final int index = key.choices().indexOf(text);
        if (index < 0) {
            throw refused(
                    values.get(key.name()).place(),
                    key,
                    "it is '" + text + "'; did you mean '" + ConfigKeys.nearest(text, key.choices()) + "'?");
        }
        return constants[index];
    }

    private static ConfigException refused(final String place, final ConfigKey key, final String why) {
        return new ConfigException(place + ": '" + key.name() + "' takes " + key.allowed() + ", but " + why);
    }
}
