package io.lockstep.testkit.cli;

import io.lockstep.config.Durability;
import io.lockstep.config.Profile;
import java.util.Arrays;
import java.util.function.Function;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads words of the cluster file on the command line. */
final class ClusterWords {
    private ClusterWords() {}

    /** Reads {@code default}, {@code small} and {@code low-latency}. */
    static final class ProfileConverter implements ITypeConverter<Profile> {
        @Override
        public Profile convert(final String value) {
            return find(Profile.values(), Profile::key, value);
        }
    }

    /** Reads {@code replicated} and {@code fsync}. */
    static final class DurabilityConverter implements ITypeConverter<Durability> {
        @Override
        public Durability convert(final String value) {
            return find(Durability.values(), Durability::key, value);
        }
    }

    private static <T> T find(final T[] constants, final Function<T, String> key, final String value) {
        for (final T constant : constants) {
            if (key.apply(constant).equals(value)) {
                return constant;
            }
        }
        throw new TypeConversionException("it is one of "
                + String.join(", ", Arrays.stream(constants).map(key).toList()) + ", but it is '" + value + "'");
    }
}
