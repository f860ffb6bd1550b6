// Ends Azurite when whoever started it is gone, however that came: the pipe to its input closes.
process.stdin.on("end", () => process.exit()).on("error", () => process.exit()).resume();
