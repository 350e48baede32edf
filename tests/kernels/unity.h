// Every test of an op has a Case and its cases(). Where several are one unit (SERENE_UNITY), each has names
// of its own.
#pragma once

#define SERENE_UNITY_JOIN_NOW(name, id) name##_##id
#define SERENE_UNITY_JOIN(name, id) SERENE_UNITY_JOIN_NOW(name, id)
#define Case SERENE_UNITY_JOIN(Case, SERENE_UNITY_ID)
#define cases SERENE_UNITY_JOIN(cases, SERENE_UNITY_ID)
