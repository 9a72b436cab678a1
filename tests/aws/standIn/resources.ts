import { type Failure, fails, type Resource, type Values } from "./api";
import { listener, loadBalancer, targetGroup, targetGroupAttachment } from "./balancer";
import { autoName, checkNames, checkTags, names, plain } from "./check";
import { instance } from "./instance";
import { eip, networkInterface, securityGroup, securityGroupRule } from "./network";
import { attachment, volume } from "./volumes";

export const resources: Record<string, Resource> = {
    "aws:ec2/instance:Instance": instance,
    "aws:ec2/volumeAttachment:VolumeAttachment": attachment,
    "aws:ec2/networkInterface:NetworkInterface": networkInterface,
    "aws:ec2/eip:Eip": eip,
    "aws:ec2/securityGroup:SecurityGroup": securityGroup,
    "aws:ebs/volume:Volume": volume,
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": securityGroupRule("ingress"),
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": securityGroupRule("egress"),
    "aws:lb/loadBalancer:LoadBalancer": loadBalancer,
    "aws:lb/targetGroup:TargetGroup": targetGroup,
    "aws:lb/listener:Listener": listener,
    "aws:lb/targetGroupAttachment:TargetGroupAttachment": targetGroupAttachment,
};
/** Types that the bridge names by itself. */
export const NAMED = /:(SecurityGroup|LoadBalancer|TargetGroup)$/;

/** Looks at new inputs, and names what has to have a name. */
export function checkInputs(
    type: string,
    name: string,
    news: Values,
    olds: Values = {},
    seed: Uint8Array = new Uint8Array(4),
): { inputs: Values; failures: Failure[] } {
    const resource = resources[type];
    if (!resource) return { inputs: news, failures: [fails("", `this stand-in has no resource ${type}`)] };
    const inputs = NAMED.test(type) ? autoName(news, olds, name, seed) : news;
    const given = plain(inputs);
    const failures = [
        ...checkNames("", names.resources[type]!.inputs, given),
        ...checkTags(type, given),
        ...(resource.check?.(given) ?? []),
    ];
    return { inputs, failures };
}
