/** The MQTT 3.1.1 and 5.0 front end on Netty: turns packets into commands of the bridge and the answers into packets. */
package io.lockstep.gateway.mqtt;
