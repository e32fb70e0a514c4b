package io.lockstep.cluster.node;

import io.lockstep.config.ClusterConfig;
import io.lockstep.config.Durability;
import io.lockstep.config.EngineSetting;
import io.lockstep.config.NodeEndpoint;
import io.lockstep.config.Profile;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** Cluster files for tests of this package. */
final class TestConfigs {
    private TestConfigs() {}

    static ClusterConfig oneNode(final Path dir, final int basePort) {
        return oneNode(dir, basePort, 1);
    }

    static ClusterConfig oneNode(final Path dir, final int basePort, final long lowSpaceBytes) {
        final Map<EngineSetting, Long> settings = new EnumMap<>(EngineSetting.class);
        for (final EngineSetting setting : EngineSetting.values()) {
            settings.put(setting, setting.defaultValue());
        }
        return new ClusterConfig(
                "test",
                1,
                List.of(new NodeEndpoint(0, "localhost", basePort)),
                Profile.SMALL,
                Durability.REPLICATED,
                "",
                dir,
                dir,
                16 << 20,
                lowSpaceBytes,
                settings,
                List.of());
    }

    static ClusterConfig withBaseDir(final ClusterConfig config, final Path baseDir) {
        return new ClusterConfig(
                config.name(),
                config.shardCount(),
                config.nodes(),
                config.profile(),
                config.durability(),
                config.secret(),
                baseDir,
                config.markDir(),
                config.segmentLength(),
                config.lowSpaceBytes(),
                config.engineSettings(),
                config.gateways());
    }

    static ClusterConfig withShards(final ClusterConfig config, final String name, final int shardCount) {
        return new ClusterConfig(
                name,
                shardCount,
                config.nodes(),
                config.profile(),
                config.durability(),
                config.secret(),
                config.baseDir(),
                config.markDir(),
                config.segmentLength(),
                config.lowSpaceBytes(),
                config.engineSettings(),
                config.gateways());
    }
}
