using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("JamEmr.Tests.Api")]
[assembly: InternalsVisibleTo("JamEmr.Tests.Cluster")]
[assembly: InternalsVisibleTo("JamEmr.Bench")]
