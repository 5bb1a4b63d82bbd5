using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("JamEmr.Tests.Api")]
