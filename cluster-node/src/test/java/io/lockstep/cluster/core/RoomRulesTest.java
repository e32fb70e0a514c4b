package io.lockstep.cluster.core;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.belongToAnyOf;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import io.lockstep.config.EngineSetting;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.agrona.BitUtil;
import org.agrona.DirectBuffer;
import org.agrona.ExpandableArrayBuffer;
import org.agrona.MutableDirectBuffer;
import org.agrona.collections.Int2ObjectHashMap;
import org.agrona.collections.Long2LongHashMap;
import org.agrona.collections.Long2ObjectHashMap;
import org.agrona.collections.Object2ObjectHashMap;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

/** The engine sees nothing of the world, and the module points its arrows the right way. */
class RoomRulesTest {
    private static final String CORE = "io.lockstep.cluster.core..";

    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("io.lockstep.cluster");

    // These packages hold nothing but values and bytes; of the other packages single types are listed.
    private static final ArchRule CORE_USES_PLAIN_TYPES_ONLY = classes()
            .that()
            .resideInAPackage(CORE)
            .should()
            .onlyDependOnClassesThat(resideInAnyPackage(
                            CORE,
                            "io.lockstep.access.rules",
                            "io.lockstep.codecs",
                            "io.lockstep.wire",
                            "io.lockstep.topic",
                            "java.lang",
                            "java.lang.invoke",
                            "java.lang.runtime",
                            "java.nio",
                            "java.nio.charset",
                            "java.util.function",
                            "org.agrona.sbe")
                    .or(belongToAnyOf(
                            // The rest of its package reads files and the environment.
                            EngineSetting.class,
                            // The rest of java.util has chance, clocks and maps whose order differs by JVM.
                            ArrayList.class,
                            Arrays.class,
                            Collection.class,
                            Comparator.class,
                            Iterator.class,
                            List.class,
                            Objects.class,
                            PriorityQueue.class,
                            TreeMap.class,
                            TreeSet.class,
                            // The rest of Agrona has clocks, queues, files and system properties.
                            BitUtil.class,
                            DirectBuffer.class,
                            ExpandableArrayBuffer.class,
                            MutableDirectBuffer.class,
                            UnsafeBuffer.class,
                            Int2ObjectHashMap.class,
                            Long2LongHashMap.class,
                            Long2ObjectHashMap.class,
                            Object2ObjectHashMap.class)))
            .because("the engine's only inputs are committed commands, their timestamps and its own state");

    private static final ArchRule CORE_KNOWS_NO_WORLD = noClasses()
            .that()
            .resideInAPackage(CORE)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "io.aeron..",
                    "java.io..",
                    "java.net..",
                    "java.nio.file..",
                    "java.nio.channels..",
                    "java.time..",
                    "java.util.concurrent..",
                    "java.util.logging..",
                    "java.lang.management..");

    private static final ArchRule CORE_HAS_NO_CLOCKS_THREADS_OR_CHANCE = noClasses()
            .that()
            .resideInAPackage(CORE)
            .should()
            .dependOnClassesThat()
            .haveFullyQualifiedName("java.lang.System")
            .orShould()
            .dependOnClassesThat()
            .haveFullyQualifiedName("java.lang.Thread")
            .orShould()
            .dependOnClassesThat()
            .belongToAnyOf(ThreadLocal.class, Runtime.class, Process.class, ProcessBuilder.class, ClassLoader.class)
            .orShould()
            .dependOnClassesThat()
            .haveFullyQualifiedName("java.util.Random")
            .orShould()
            .dependOnClassesThat()
            .haveFullyQualifiedName("java.util.UUID")
            .orShould()
            .dependOnClassesThat()
            .haveFullyQualifiedName("java.lang.Math$RandomNumberGeneratorHolder")
            .orShould()
            .callMethod(Math.class, "random")
            .orShould()
            .callMethod(Object.class, "hashCode")
            .because("an identity hash, a clock or a random number differs between replicas");

    private static final ArchRule CORE_ITERATES_ORDERED_STRUCTURES = noClasses()
            .that()
            .resideInAPackage(CORE)
            .should()
            .dependOnClassesThat()
            .haveFullyQualifiedName("java.util.HashMap")
            .orShould()
            .dependOnClassesThat()
            .haveFullyQualifiedName("java.util.HashSet")
            .orShould()
            .dependOnClassesThat()
            .haveFullyQualifiedName("java.util.IdentityHashMap")
            .orShould()
            .dependOnClassesThat()
            .haveFullyQualifiedName("java.util.WeakHashMap")
            .orShould()
            .dependOnClassesThat()
            .belongToAnyOf(Map.class, Set.class)
            .because("Map.of and Set.of are salted anew in each JVM");

    private static final ArchRule CORE_HAS_NO_STATIC_STATE = fields().that()
            .areDeclaredInClassesThat()
            .resideInAPackage(CORE)
            .and()
            .areStatic()
            .should()
            .beFinal();

    private static final ArchRule MODULE_POINTS_AT_CODECS_AND_ARCHIVE_ONLY = noClasses()
            .that()
            .resideInAPackage("io.lockstep.cluster..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "io.lockstep.client..",
                    "io.lockstep.cli..",
                    "io.lockstep.gateway..",
                    "io.lockstep.testkit..",
                    "io.lockstep.perf..");

    @Test
    void shouldUsePlainTypesOnly() {
        CORE_USES_PLAIN_TYPES_ONLY.check(CLASSES);
    }

    @Test
    void shouldKnowNothingOfTheWorld() {
        CORE_KNOWS_NO_WORLD.check(CLASSES);
    }

    @Test
    void shouldHaveNoClocksThreadsOrChance() {
        CORE_HAS_NO_CLOCKS_THREADS_OR_CHANCE.check(CLASSES);
    }

    @Test
    void shouldNotUseHashMapsOfTheJdk() {
        CORE_ITERATES_ORDERED_STRUCTURES.check(CLASSES);
    }

    @Test
    void shouldHaveNoStaticState() {
        CORE_HAS_NO_STATIC_STATE.check(CLASSES);
    }

    @Test
    void shouldPointAtCodecsAndArchiveOnly() {
        MODULE_POINTS_AT_CODECS_AND_ARCHIVE_ONLY.check(CLASSES);
    }

    @Test
    void shouldCatchWhatLeaks() {
        final ArchRule[] rules = {
            CORE_USES_PLAIN_TYPES_ONLY,
            CORE_KNOWS_NO_WORLD,
            CORE_HAS_NO_CLOCKS_THREADS_OR_CHANCE,
            CORE_ITERATES_ORDERED_STRUCTURES,
            CORE_HAS_NO_STATIC_STATE
        };
        for (final Class<?> leak : RoomLeaks.class.getDeclaredClasses()) {
            final JavaClasses leaking = new ClassFileImporter().importClasses(leak);
            assertTrue(
                    Arrays.stream(rules).anyMatch(rule -> rule.evaluate(leaking).hasViolation()), leak::getSimpleName);
        }
    }
}
