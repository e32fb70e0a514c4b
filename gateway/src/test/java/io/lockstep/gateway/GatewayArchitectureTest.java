package io.lockstep.gateway;

import static com.tngtech.archunit.core.domain.JavaCall.Predicates.target;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.belongToAnyOf;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.type;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.nameMatching;
import static com.tngtech.archunit.core.domain.properties.HasOwner.Predicates.With.owner;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import io.lockstep.gateway.session.RoomLeaks;
import java.util.Arrays;
import java.util.Collection;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.agrona.DirectBuffer;
import org.agrona.collections.Int2ObjectHashMap;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

class GatewayArchitectureTest {
    private static final String SESSION = "io.lockstep.gateway.session";
    private static final String ACCESS = "io.lockstep.gateway.access";

    private static final ArchRule USES_PLAIN_TYPES_ONLY = classes()
            .that()
            .resideInAnyPackage(SESSION, ACCESS)
            .should()
            .onlyDependOnClassesThat(resideInAnyPackage(
                            SESSION,
                            ACCESS,
                            "io.lockstep.access.rules",
                            "io.lockstep.topic",
                            "io.lockstep.wire",
                            "io.lockstep.codecs",
                            "java.lang",
                            "java.lang.invoke",
                            "java.lang.runtime",
                            "java.nio.charset")
                    // Their packages are also those of chance, clocks, locks, queues, files and system properties.
                    .or(belongToAnyOf(
                            Arrays.class,
                            Collection.class,
                            Iterator.class,
                            LinkedHashMap.class,
                            List.class,
                            Map.class,
                            Objects.class,
                            TimeUnit.class,
                            DirectBuffer.class,
                            UnsafeBuffer.class,
                            Int2ObjectHashMap.class)))
            .because("sessions and their tree are tested without network, cluster and time");

    private static final ArchRule HAS_NO_CLOCKS_THREADS_OR_CHANCE = noClasses()
            .that()
            .resideInAnyPackage(SESSION, ACCESS)
            .should()
            .dependOnClassesThat()
            .belongToAnyOf(
                    System.class,
                    Thread.class,
                    ThreadLocal.class,
                    Runtime.class,
                    Process.class,
                    ProcessBuilder.class,
                    ClassLoader.class)
            .orShould()
            .callMethod(Math.class, "random")
            .orShould()
            .callMethod(Object.class, "hashCode")
            .orShould()
            .callMethodWhere(target(owner(type(Map.class))).and(target(nameMatching("of|ofEntries|copyOf"))))
            .because("time is an argument, and Map.of has another order in each JVM");

    private static final ArchRule HAS_NO_STATIC_STATE = fields().that()
            .areDeclaredInClassesThat()
            .resideInAnyPackage(SESSION, ACCESS)
            .and()
            .areStatic()
            .should()
            .beFinal();

    // Imported once: that takes longer than all rules.
    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("io.lockstep.gateway");

    @Test
    void shouldStayPureWhenItIsInTheSessionRoom() {
        USES_PLAIN_TYPES_ONLY.check(CLASSES);
    }

    @Test
    void shouldHaveNoClockThreadOrRandomWhenItIsInTheSessionRoom() {
        HAS_NO_CLOCKS_THREADS_OR_CHANCE.check(CLASSES);
    }

    @Test
    void shouldHaveNoMutableStaticsWhenItIsInTheSessionRoom() {
        HAS_NO_STATIC_STATE.check(CLASSES);
    }

    @Test
    void shouldCatchWhatLeaksInTheSessionRoom() {
        for (final Class<?> leak : RoomLeaks.class.getDeclaredClasses()) {
            final JavaClasses leaking = new ClassFileImporter().importClasses(leak);
            assertTrue(
                    Stream.of(USES_PLAIN_TYPES_ONLY, HAS_NO_CLOCKS_THREADS_OR_CHANCE, HAS_NO_STATIC_STATE)
                            .anyMatch(rule -> rule.evaluate(leaking).hasViolation()),
                    leak::getSimpleName);
        }
    }

    @Test
    void shouldFollowTheArrowsWhenPackagesDependOnEachOther() {
        layeredArchitecture()
                .consideringOnlyDependenciesInLayers()
                .layer("process")
                .definedBy("io.lockstep.gateway")
                .layer("mqtt")
                .definedBy("io.lockstep.gateway.mqtt")
                .layer("aeron")
                .definedBy("io.lockstep.gateway.aeron")
                .layer("bridge")
                .definedBy("io.lockstep.gateway.bridge")
                .layer("session")
                .definedBy("io.lockstep.gateway.session")
                .layer("access")
                .definedBy(ACCESS)
                .whereLayer("process")
                .mayNotBeAccessedByAnyLayer()
                .whereLayer("mqtt")
                .mayOnlyBeAccessedByLayers("process")
                .whereLayer("aeron")
                .mayOnlyBeAccessedByLayers("process")
                .whereLayer("bridge")
                .mayOnlyBeAccessedByLayers("process", "mqtt")
                .whereLayer("access")
                .mayOnlyBeAccessedByLayers("process", "mqtt", "aeron")
                .check(CLASSES);
    }

    @Test
    void shouldKnowNoProtocolWhenItIsTheBridge() {
        noClasses()
                .that()
                .resideInAPackage("io.lockstep.gateway.bridge")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("io.netty..")
                .because("other front ends use the same bridge")
                .check(CLASSES);
    }

    @Test
    void shouldNotKnowTheClusterWhenItIsAFrontEnd() {
        noClasses()
                .that()
                .resideInAPackage("io.lockstep.gateway.mqtt")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.lockstep.client..", "io.lockstep.archive..", "io.aeron..")
                .because("the bridge thread owns the client")
                .check(CLASSES);
    }

    @Test
    void shouldDependOnClientArchiveAndCodecsOnlyWhenItIsOurs() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.lockstep.cluster..", "io.lockstep.testkit..", "io.lockstep.perf..")
                .check(CLASSES);
    }
}
