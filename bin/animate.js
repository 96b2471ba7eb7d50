#!/usr/bin/env node
import "../dist/programs/animate.js";
