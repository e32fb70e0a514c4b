package io.lockstep.config;

import io.lockstep.topic.TopicRoute;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Writes a configuration as a cluster file, and as a list for the log. No state. */
public final class ClusterConfigWriter {
    private ClusterConfigWriter() {}

    /**
     * Writes a cluster file that loads as the same configuration, secrets included.
     *
     * @param config to write.
     * @return YAML with every key.
     */
    public static String toYaml(final ClusterConfig config) {
        final StringBuilder yaml = new StringBuilder(2_048);
        String section = "";
        for (final Map.Entry<ConfigKey, String> entry : values(config).entrySet()) {
            final String name = entry.getKey().name();
            final String owner = name.substring(0, name.indexOf('.'));
            if (!owner.equals(section)) {
                section = owner;
                yaml.append(section).append(":\n");
            }
            yaml.append("  ")
                    .append(entry.getKey().lastName())
                    .append(": ")
                    .append(quoted(entry.getKey(), entry.getValue()))
                    .append('\n');
        }
        yaml.append("nodes:\n");
        for (final NodeEndpoint node : config.nodes()) {
            yaml.append(
                    "  - { id: " + node.id() + ", host: " + quote(node.host()) + ", port: " + node.basePort() + " }\n");
        }
        yaml.append(config.gateways().isEmpty() ? "" : "gateways:\n");
        for (final GatewayEndpoint gateway : config.gateways()) {
            yaml.append("  - { id: " + gateway.id() + ", host: " + quote(gateway.host()) + ", mqttPort: "
                    + Math.max(0, gateway.mqttPort()) + otherPorts(gateway, ", mqtt%sPort: %d")
                    + aeron(gateway, ", aeronPort: %d, aeronMaxSessions: %d") + ", httpPort: "
                    + gateway.httpPort() + tls(gateway.tls()) + " }\n");
        }
        yaml.append(config.routes().isEmpty() ? "" : "routes:\n");
        for (final TopicRoute route : config.routes()) {
            yaml.append(
                    "  - { prefix: '" + route.prefix().replace("'", "''") + "', shard: " + route.shardId() + " }\n");
        }
        return yaml.toString();
    }

    /**
     * Lists what a process really uses, for its log.
     *
     * @param config in effect.
     * @return lines {@code key = value}; values of secret keys are masked.
     */
    public static List<String> effective(final ClusterConfig config) {
        final List<String> lines = new ArrayList<>();
        values(config).forEach((key, value) -> lines.add(key.name() + " = " + key.printable(value)));
        for (final NodeEndpoint node : config.nodes()) {
            lines.add("nodes[" + node.id() + "] = " + node.host() + ':' + node.basePort());
        }
        for (final GatewayEndpoint gateway : config.gateways()) {
            lines.add("gateways[" + gateway.id() + "] = " + gateway.host()
                    + (gateway.mqttPort() == GatewayEndpoint.NO_PORT ? "" : ", mqtt " + gateway.mqttPort())
                    + otherPorts(gateway, ", mqtt%s %d")
                    + aeron(gateway, ", aeron %d (%d sessions)") + ", http " + gateway.httpPort()
                    + (gateway.tls() == null ? "" : ", tls " + gateway.tls()));
        }
        for (final TopicRoute route : config.routes()) {
            lines.add("routes[" + route.prefix() + "] = " + route.shardId());
        }
        return lines;
    }

    private static String aeron(final GatewayEndpoint gateway, final String format) {
        return gateway.aeronPort() == GatewayEndpoint.NO_PORT
                ? ""
                : String.format(format, gateway.aeronPort(), gateway.aeronMaxSessions());
    }

    private static String otherPorts(final GatewayEndpoint gateway, final String format) {
        return otherPort(format, "Tls", gateway.mqttTlsPort())
                + otherPort(format, "Ws", gateway.mqttWsPort())
                + otherPort(format, "Wss", gateway.mqttWssPort());
    }

    private static String otherPort(final String format, final String transport, final int port) {
        return port == GatewayEndpoint.NO_PORT ? "" : String.format(format, transport, port);
    }

    private static String tls(final GatewayTls tls) {
        if (tls == null) {
            return "";
        }
        final String clientAuth = tls.clientAuth().name().toLowerCase(Locale.ROOT);
        return ", tls: { certificate: " + quote(tls.certificate().toString()) + ", key: "
                + quote(tls.key().toString())
                + (tls.clientCa() == null
                        ? ""
                        : ", clientCa: " + quote(tls.clientCa().toString()))
                + ", clientAuth: " + clientAuth + " }";
    }

    private static Map<ConfigKey, String> values(final ClusterConfig config) {
        final Map<String, String> settings = new LinkedHashMap<>();
        for (final EngineSetting setting : EngineSetting.values()) {
            settings.put(
                    setting.key(),
                    ConfigKeys.of(setting).formatNumber(config.engineSettings().get(setting)));
        }
        final Map<ConfigKey, String> values = new LinkedHashMap<>();
        for (final ConfigKey key : ConfigKeys.byName().values()) {
            if (key.kind() != ConfigKey.Kind.LIST) {
                final String setting = settings.get(key.name());
                values.put(key, setting != null ? setting : value(config, key));
            }
        }
        return values;
    }

    private static String value(final ClusterConfig config, final ConfigKey key) {
        if (key.equals(ConfigKeys.CLUSTER_NAME)) {
            return config.name();
        } else if (key.equals(ConfigKeys.CLUSTER_SHARDS)) {
            return Integer.toString(config.shardCount());
        } else if (key.equals(ConfigKeys.CLUSTER_PROFILE)) {
            return config.profile().key();
        } else if (key.equals(ConfigKeys.CLUSTER_DURABILITY)) {
            return config.durability().key();
        } else if (key.equals(ConfigKeys.CLUSTER_SECRET)) {
            return config.secret();
        } else if (key.equals(ConfigKeys.DIRS_BASE)) {
            return config.baseDir().toString();
        } else if (key.equals(ConfigKeys.DIRS_MARKS)) {
            return config.markDir().toString();
        } else if (key.equals(ConfigKeys.JOURNAL_SEGMENT_LENGTH)) {
            return key.formatNumber(config.segmentLength());
        } else if (key.equals(ConfigKeys.DISK_LOW_SPACE)) {
            return key.formatNumber(config.lowSpaceBytes());
        } else if (key.equals(ConfigKeys.MQTT_MAX_SESSIONS)) {
            return key.formatNumber(config.mqttLimits().maxSessions());
        } else if (key.equals(ConfigKeys.MQTT_MAX_PACKET)) {
            return key.formatNumber(config.mqttLimits().maxPacketBytes());
        } else if (key.equals(ConfigKeys.MQTT_RECEIVE_MAXIMUM)) {
            return key.formatNumber(config.mqttLimits().receiveMaximum());
        } else if (key.equals(ConfigKeys.MQTT_TOPIC_ALIAS_MAXIMUM)) {
            return key.formatNumber(config.mqttLimits().topicAliasMaximum());
        } else if (key.equals(ConfigKeys.MQTT_RESPONSE_INFORMATION)) {
            return config.mqttLimits().responseInformation();
        } else if (key.equals(ConfigKeys.MQTT_REASON_STRINGS)) {
            return key.formatNumber(config.mqttLimits().hasReasonStrings() ? 1 : 0);
        } else if (key.equals(ConfigKeys.MQTT_SYS_INTERVAL)) {
            return key.formatNumber(config.mqttLimits().sysIntervalNs());
        } else if (key.equals(ConfigKeys.MQTT_MAX_OPENING)) {
            return key.formatNumber(config.mqttLimits().maxOpening());
        } else if (key.equals(ConfigKeys.MQTT_MAX_CLIENT_RATE)) {
            return key.formatNumber(config.mqttLimits().maxClientRate());
        } else if (key.equals(ConfigKeys.MQTT_MAX_CLIENT_BYTES_RATE)) {
            return key.formatNumber(config.mqttLimits().maxClientBytesRate());
        } else if (key.equals(ConfigKeys.ACCESS_USERS)) {
            return file(config.access().users());
        } else if (key.equals(ConfigKeys.ACCESS_RULES)) {
            return file(config.access().rules());
        } else if (key.equals(ConfigKeys.ACCESS_ANONYMOUS)) {
            return config.access().anonymous().name().toLowerCase(Locale.ROOT);
        } else if (key.equals(ConfigKeys.ACCESS_CERTIFICATE_USER)) {
            return config.access().certificateUser().name().toLowerCase(Locale.ROOT);
        }
        throw new IllegalStateException("the writer does not know the key " + key.name());
    }

    private static String file(final Path file) {
        return file == null ? "" : file.toString();
    }

    private static String quoted(final ConfigKey key, final String value) {
        return key.kind() == ConfigKey.Kind.FILE
                        || key.kind() == ConfigKey.Kind.TEXT
                        || key.kind() == ConfigKey.Kind.PATH
                ? quote(value)
                : value;
    }

    private static String quote(final String text) {
        return text.matches("[A-Za-z/][A-Za-z0-9._/-]*") ? text : '\'' + text.replace("'", "''") + '\'';
    }
}
