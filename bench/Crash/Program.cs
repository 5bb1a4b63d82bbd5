using JamEmr.Bench.Crash.Load;

return await LoadProgram.RunAsync(args, Console.In, Console.Out);
