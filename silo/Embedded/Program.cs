await Console.Error.WriteLineAsync(
    "This build has the embedded engine, with which api hosts the grains (dotnet run --project api); for a silo of a cluster, build with -p:Engine=Orleans.");
return 2;
