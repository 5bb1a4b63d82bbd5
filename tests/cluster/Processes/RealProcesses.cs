namespace JamEmr.Tests.Cluster.Processes;

/// <summary>Several processes are a cluster that is to answer in time, on the cores of one machine: no other test of this suite runs beside them.</summary>
[CollectionDefinition("Processes", DisableParallelization = true)]
public sealed class RealProcesses;
